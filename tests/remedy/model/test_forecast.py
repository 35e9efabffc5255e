"""What a folder would be after its mends is looked at in a shadow of it, and the folder itself stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from doctor.probes.artifact.safetensors import read_layout
from doctor.remedy.model.forecast import MOST_COPIED, mended
from doctor.remedy.model.plan import Mend
from tests.models import Stored, encode, llama

WEIGHTS = "model.safetensors"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return llama().write(tmp_path / "merged")


def large(path: Path, start: bytes) -> Path:
    """A file with a beginning and a hole, larger than what is copied, that takes no room."""
    with path.open("wb") as file:
        file.write(start)
        file.truncate(MOST_COPIED + 4096)
    return path


def test_the_mends_are_done_in_the_shadow_alone(folder: Path):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    mends = (
        Mend(file="config.json", text="", content=b"{}"),
        Mend(file="generation_config.json", text="", content=None),
        Mend(file="added.json", text="", content=b"[]"),
    )
    with mended(folder, mends) as shadow:
        assert (shadow / "config.json").read_bytes() == b"{}"
        assert (shadow / "config.json.doctor-bak").read_bytes() == before["config.json"]
        assert not (shadow / "generation_config.json").exists()
        assert (shadow / "added.json").read_bytes() == b"[]"
        assert (shadow / "tokenizer.json").read_bytes() == before["tokenizer.json"]
        assert shadow.name == folder.name, "rules speak of the folder by its name"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert not shadow.exists()


def test_of_large_weights_only_the_headers_are_copied(folder: Path):
    """A model of 140 GB is looked at without 140 GB of room."""
    size = MOST_COPIED // 2 // 64
    tensors = encode({"a.weight": Stored("BF16", (64, 1), b"\1" * 128)})
    (folder / WEIGHTS).unlink()
    weights = large(folder / WEIGHTS, tensors)
    with mended(folder, ()) as shadow:
        copy = shadow / WEIGHTS
        assert copy.stat().st_size == weights.stat().st_size > size
        assert copy.stat().st_blocks * 512 < MOST_COPIED // 64, "the rest is a hole"
        with copy.open("rb") as one, weights.open("rb") as other:
            assert read_layout(one) == read_layout(other)
        assert not copy.is_symlink(), "what lies in a folder is not the same as what a link leads to"


def test_a_header_that_claims_the_whole_disk_is_not_copied_for_that(folder: Path):
    (folder / WEIGHTS).unlink()
    large(folder / WEIGHTS, (1 << 62).to_bytes(8, "little"))
    with mended(folder, ()) as shadow:
        assert (shadow / WEIGHTS).stat().st_size == MOST_COPIED + 4096


def test_what_else_is_large_and_what_leads_elsewhere_is_a_link(folder: Path, tmp_path: Path):
    (tmp_path / "outside.json").write_text("{}")
    (folder / "outside.json").symlink_to(tmp_path / "outside.json")
    (folder / "broken.json").symlink_to("nowhere")
    (folder / "inner").mkdir()
    large(folder / "pytorch_model.bin", b"PK")
    with mended(folder, ()) as shadow:
        names = {path.name for path in shadow.iterdir() if path.is_symlink()}
        assert names == {"outside.json", "broken.json", "inner", "pytorch_model.bin"}
        assert all((shadow / name).readlink() == folder / name for name in names)
        assert {path.name for path in shadow.iterdir()} == {path.name for path in folder.iterdir()}
