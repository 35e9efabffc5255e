"""What a release imports while it is imported, which releases have it, and the pairs that come of it."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from doctor.matrix.validation import validate_files
from scripts.derivation.imported import Wanted
from scripts.derivation.modules import Modules
from scripts.derivation.undeclared import Finding, Lack, declared, good_versions, specifier_of
from scripts.derivation.undeclared_pairs import write_pairs

USER = {
    "user/__init__.py": """
from typing import TYPE_CHECKING
from .always import thing
_import_structure = {"lazy": ["Trainer"]}
if TYPE_CHECKING:
    from lib.never import typed
else:
    sys.modules[__name__] = _LazyModule(__name__, globals()["__file__"], _import_structure)
""",
    "user/always.py": """
import lib.tools as tools
from lib import one
try:
    from lib import forgiven
except ImportError:
    forgiven = None
if is_lib_available():
    from lib import guarded
if is_lib_available() and is_other_available():
    from lib import of_two
if version > 3:
    from lib import unknown_condition
with suppress(ImportError):
    from lib import suppressed
def later():
    from lib import inside
""",
    "user/lazy.py": "from . import hidden\nfrom lib import for_trainer\nclass Trainer: ...\n",
    "user/hidden.py": "try:\n    from lib import noted\nfinally:\n    pass\n",
    "user/entry.py": "from user import Trainer\nfrom user import unreadable\n",
    "user/unreadable.py": "if True:\nimport lib.unseen\n",
}

LIB = {
    "lib/__init__.py": "from .star import *\none: int = 1\ndef __getattr__(name): ...\nnames = {'made': 1}\n",
    "lib/star.py": "def starred(): ...\n",
    "lib/plain.py": "class Plain: ...\n",
    "lib/broken.py": "if True:\nBroken = 1\n",
    "lib/dynamic.py": "globals().update(read())\n",
    "lib/outside.py": "from elsewhere import *\n",
    "lib/fast.abi3.so": "",
    "lib/space/deep.py": "deep = 1\n",
}


def modules(files: dict[str, str], root: str, prefix: str = "") -> Modules:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, text in files.items():
            archive.writestr(prefix + path, text)
    return Modules(zipfile.ZipFile(packed), root)


def imported(*entries: str) -> set[tuple[str, str, str]]:
    found = modules(USER, "user", "src/").reached_from(entries)
    return {
        (item.module, item.name, ",".join(sorted(item.guards))) for _, item in found if item.module.startswith("lib")
    }


def test_what_is_imported_whenever_the_package_is() -> None:
    assert imported("user") == {("lib.tools", "", ""), ("lib", "one", ""), ("lib", "guarded", "lib")}


def test_what_a_lazy_package_imports_for_a_name() -> None:
    assert imported("user.entry") - imported("user") == {("lib", "for_trainer", ""), ("lib", "noted", "")}


@pytest.mark.parametrize(
    ("module", "name", "there"),
    [
        ("lib", "one", True),
        ("lib", "starred", True),
        ("lib", "made", True),
        ("lib", "plain", True),
        ("lib", "gone", False),
        ("lib.plain", "Plain", True),
        ("lib.plain", "Other", False),
        ("lib.broken", "Broken", True),
        ("lib.dynamic", "whatever", True),
        ("lib.outside", "whatever", True),
        ("lib.fast", "whatever", True),
        ("lib.space.deep", "deep", True),
        ("lib.space", "", True),
        ("lib.nowhere", "", False),
        ("lib.nowhere", "one", False),
    ],
)
def test_whether_a_name_may_be_found(module: str, name: str, there: bool) -> None:
    assert modules(LIB, "lib").has(module, name) is there


COMES = [(Version("1"), False), (Version("1.2"), True)]
GOES = [(Version("1"), True), (Version("2"), False)]


@pytest.mark.parametrize(
    ("changes", "good"),
    [
        ([COMES], ">=1.2"),
        ([GOES], "<2"),
        ([COMES, GOES], ">=1.2,<2"),
        ([[(Version("1"), True), (Version("2"), False), (Version("3"), True)]], ""),
        ([GOES, [(Version("1"), False), (Version("2"), True)]], ""),
    ],
)
def test_the_releases_that_have_all_names(changes: list[list[tuple[Version, bool]]], good: str) -> None:
    assert specifier_of(changes) == good
    tried = [Version(text) for text in ("1", "1.1", "1.2", "1.9", "2", "2.5", "3")]
    if good:
        assert good_versions(changes, tried) == [SpecifierSet(good).contains(version) for version in tried]


def test_what_metadata_asks_for() -> None:
    lines = ["lib>=1", "Lib <3", "lib==9; extra == 'x'", "other", "not a requirement !"]
    assert declared(lines, "lib") == SpecifierSet(">=1,<3")
    assert declared(lines, "missing") is None


def test_the_file_holds_pairs_that_the_matrix_takes(tmp_path: Path) -> None:
    always = Lack((Wanted("lib.tools", "hammer", "user.always", True),), "<5")
    part = Lack((Wanted("lib", "", "user.trainer", False),), ">=2")
    found = [
        Finding("user", "transformers", ">=1,<2", always),
        Finding("user", "transformers", ">=3,<4", always),
        Finding("user", "lib", ">=1,<2", part),
    ]
    text = write_pairs(found, "2026-11-28")
    path = tmp_path / "pairs.toml"
    path.write_text(text, encoding="utf-8")
    assert validate_files([path]) == 2
    assert '">=1,<2" = "<5"\n">=3,<4" = "<5"' in text
    assert 'cause = "transformers-too-new"' in text and "hammer of lib.tools" in text
    assert "breaks = false" in text and "user.trainer cannot be imported" in text
