from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from doctor.core.artifact.folder import Artifacts
from doctor.core.fact import Known, Unknown
from doctor.core.fleet.node import FOLDER_DIGESTS, FolderContent, FolderDigest
from doctor.core.target import Target
from doctor.probes.artifact.digests import LARGE, find
from tests.facts import interpreter
from tests.probes.machine.probing import value_of


def tensors(values: bytes) -> bytes:
    header = json.dumps({"a": {"dtype": "U8", "shape": [len(values)], "data_offsets": [0, len(values)]}}).encode()
    return len(header).to_bytes(8, "little") + header + values


def folder(root: Path, name: str = "model") -> Path:
    path = root / name
    path.mkdir()
    (path / "config.json").write_text("{}")
    (path / "model.safetensors").write_bytes(tensors(b"1234"))
    return path


def digests(deep: bool = False, **folders: object) -> tuple[FolderDigest, ...]:
    target = Target(interpreter=interpreter(), deep=deep, artifacts=Artifacts(**folders))  # type: ignore[arg-type]
    found = value_of(find(target), FOLDER_DIGESTS)
    assert isinstance(found, tuple)
    return found


def content(digest: FolderDigest) -> FolderContent:
    assert isinstance(digest.content, Known), digest.content
    return digest.content.value


def model(path: Path, deep: bool = False) -> FolderContent:
    return content(digests(deep, model=str(path))[0])


def adapter(path: Path) -> FolderContent:
    return content(digests(adapters=(str(path),))[0])


def test_no_folder_has_no_digest():
    assert digests() == ()


def test_each_folder_is_named_with_its_role(tmp_path: Path):
    paths = [str(folder(tmp_path, name)) for name in "abcd"]
    found = digests(model=paths[0], base=paths[1], adapters=(paths[2], paths[3]))
    assert [(item.role, item.path) for item in found] == list(
        zip(("model", "base", "adapter", "adapter"), paths, strict=True)
    )
    assert len({content(item).sha256 for item in found[:2]}) == 1


def test_a_model_is_known_by_the_headers_of_its_weights(tmp_path: Path):
    path = folder(tmp_path)
    weights = model(path).files[1]
    header = tensors(b"1234")[:-4]
    assert (weights.name, weights.part, weights.size) == ("model.safetensors", "header", len(header) + 4)
    assert weights.sha256 == hashlib.sha256(header).hexdigest()
    before = model(path), model(path, deep=True)
    (path / "model.safetensors").write_bytes(tensors(b"1235"))
    assert model(path) == before[0]
    assert model(path, deep=True).sha256 != before[1].sha256


def test_an_adapter_by_all_of_its_bytes(tmp_path: Path):
    path = folder(tmp_path)
    before = adapter(path)
    assert {item.part for item in before.files} == {"whole"}
    (path / "model.safetensors").write_bytes(tensors(b"1235"))
    assert adapter(path).sha256 != before.sha256


def change_config(path: Path) -> None:
    (path / "config.json").write_text('{"a": 1}')


def add_token(path: Path) -> None:
    (path / "added_tokens.json").write_text("{}")


def rename(path: Path) -> None:
    (path / "config.json").rename(path / "other.json")


@pytest.mark.parametrize("change", [change_config, add_token, rename])
def test_what_is_loaded_counts(tmp_path: Path, change: Callable[[Path], None]):
    path = folder(tmp_path)
    before = model(path)
    change(path)
    assert model(path).sha256 != before.sha256


def test_what_is_not_loaded_does_not(tmp_path: Path):
    path = folder(tmp_path)
    before = model(path)
    for name in ("README.md", ".gitattributes", "trainer_state.json", "optimizer.pt", "x.safetensors.part"):
        (path / name).write_text("x")
    (path / "runs").mkdir()
    assert model(path) == before


def test_of_large_files_the_ends_are_read(tmp_path: Path):
    path = folder(tmp_path)
    with (path / "model.gguf").open("wb") as file:
        file.truncate(LARGE + 1)
    before = model(path)
    assert {item.name: item.part for item in before.files}["model.gguf"] == "ends"
    with (path / "model.gguf").open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"x")
    assert model(path).sha256 != before.sha256


def test_a_header_that_is_none_is_read_whole(tmp_path: Path):
    path = folder(tmp_path)
    (path / "model.safetensors").write_bytes(b"\xff" * 20)
    assert model(path).files[1].part == "whole"


def test_a_folder_that_cannot_be_read_is_unknown_and_the_other_is_not(tmp_path: Path):
    good = str(folder(tmp_path))
    found = digests(model=str(tmp_path / "missing"), adapters=(good,))
    assert isinstance(found[0].content, Unknown)
    assert isinstance(found[1].content, Known)
