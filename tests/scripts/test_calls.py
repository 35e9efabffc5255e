"""The arguments of callables and the members of classes, read from wheels in the forms that packages make them in."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO

import pytest

from scripts.derivation.calls import Read, calls_in, write_calls

FILES = {
    "tiny/base.py": """
class Base:
    limit: int = 3
    def run(self, given, *, kept=None): self.seen = given
    def __len__(self): ...
def load(path, **rest): ...
def _hidden(a): ...
""",
    "tiny/trainer.py": """
from dataclasses import dataclass
if True:
    class Trainer(base.Base):
        name = "t"
        @deprecate_kwarg("tokenizer", new_name="processor", version="9")
        def __init__(self, model, /, processor): self.model = model; other.value = 1
@dataclass
class Settings: first: int = 1
@dataclass
class MoreSettings(Settings): second: int = 2
class Model: weight = 1
""",
    "tiny/tests/test_it.py": "class Test: ...\n",
}


@pytest.fixture(scope="module")
def found() -> Read:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, text in FILES.items():
            archive.writestr(path, text)
    return calls_in("tiny", zipfile.ZipFile(packed))


def test_arguments_with_their_old_names_and_those_that_are_not_named(found: Read) -> None:
    assert found["Base.run"] == ["given", "kept"]
    assert found["Trainer.__init__"] == ["processor", "tokenizer"]
    assert found["load"] == ["*", "path"]


def test_members_with_what_is_inherited_and_set(found: Read) -> None:
    assert found["Trainer"] == ["limit", "model", "name", "run", "seen"]


def test_the_fields_of_dataclasses_are_arguments(found: Read) -> None:
    assert found["MoreSettings.__init__"] == ["first", "second"]


def test_classes_that_torch_has_too_tests_and_what_is_private_are_left_out(found: Read) -> None:
    assert not {"Model", "Test", "_hidden"} & set(found)


def test_only_what_comes_and_goes_is_written() -> None:
    read = [
        ("1.0", {"load": ["old", "path"], "Gone": ["always"]}),
        ("1.1", {"load": ["*", "path"]}),
        ("2.0", {"load": ["fresh", "path"], "Late": ["with_it", "x"]}),
        ("3.0", {"load": ["fresh", "path"], "Late": ["with_it"]}),
    ]
    assert json.loads(write_calls("tiny", read)) == {
        "schema": 1,
        "package": "tiny",
        "releases": "1.0 1.1 2.0 3.0",
        "owners": {"Late": {"2.0 3.0": "x"}, "load": {"1.0 2.0": "old", "1.1": "fresh"}},
    }
