"""The names of modules, read from wheels in the forms that packages make them in."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO

import pytest

from scripts.derivation.names import names_in, write_names

FILES = {
    "tiny/__init__.py": """
from typing import TYPE_CHECKING
_import_structure = {"tools": ["hammer", "Saw"]}
if TYPE_CHECKING:
    from .tools import hammer
else:
    sys.modules[__name__] = _LazyModule(__name__, globals()["__file__"], _import_structure)
""",
    "tiny/tools.py": """
import os.path
LIMIT: int = 3
first, second = 1, 2
try:
    from fast import dig
except ImportError:
    def dig(): ...
if os:
    class Saw: ...
def _hidden():
    inside = 1
""",
    "tiny/box/__init__.py": "from .all import *\n",
    "tiny/box/all.py": "def lid(): ...\n",
    "tiny/models/one/modeling_one.py": '__all__ = ["OneModel", "OneConfig"]\nclass OneModel: ...\n',
    "tiny/tests/test_it.py": "def test_it(): ...\n",
    "other/__init__.py": "def other(): ...\n",
}


@pytest.fixture(scope="module")
def names() -> dict[str, list[str]]:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, text in FILES.items():
            archive.writestr(path, text)
    return names_in("tiny", zipfile.ZipFile(packed))


def test_what_a_module_defines_assigns_and_imports(names: dict[str, list[str]]) -> None:
    assert names["tiny.tools"] == ["LIMIT", "Saw", "_hidden", "dig", "first", "second"]


def test_what_is_made_when_it_is_asked_for(names: dict[str, list[str]]) -> None:
    assert {"hammer", "Saw", "tools", "OneModel", "OneConfig"} <= set(names["tiny"])


def test_everything_of_another_module(names: dict[str, list[str]]) -> None:
    assert names["tiny.box"] == ["all", "lid"]


def test_tests_and_other_packages_are_left_out(names: dict[str, list[str]]) -> None:
    assert sorted(names) == ["tiny", "tiny.box", "tiny.box.all", "tiny.tools"]


def test_only_what_comes_and_goes_is_written() -> None:
    read = [
        ("1.0", {"tiny": ["always", "old"], "tiny.gone": ["with_it"]}),
        ("1.1", {"tiny": ["always", "old"]}),
        ("2.0", {"tiny": ["always", "fresh"], "tiny.late": ["with_it"]}),
    ]
    assert json.loads(write_names("tiny", read)) == {
        "schema": 1,
        "package": "tiny",
        "releases": "1.0 1.1 2.0",
        "modules": {
            "tiny": {"1.0 2.0": "old", "2.0": "fresh"},
            "tiny.gone": {"": "1.0 1.1"},
            "tiny.late": {"": "2.0"},
        },
    }
