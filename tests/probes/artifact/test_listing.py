from __future__ import annotations

import os
from pathlib import Path

import pytest

from doctor.core.artifact.folder import FileKind
from doctor.probes.artifact import listing
from doctor.probes.artifact.listing import list_files


def kinds(folder: Path) -> dict[str, FileKind]:
    return {item.name: item.kind for item in list_files(str(folder))}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("model.safetensors", FileKind.SAFETENSORS),
        ("pytorch_model.bin", FileKind.PICKLE),
        ("x.PT", FileKind.PICKLE),
        ("model.Q4_K_M.gguf", FileKind.GGUF),
        ("config.json", FileKind.JSON),
        ("model.safetensors.incomplete", FileKind.PARTIAL),
        ("model.safetensors.part", FileKind.PARTIAL),
        ("README.md", FileKind.OTHER),
    ],
)
def test_the_name_says_what_a_file_is(tmp_path: Path, name: str, kind: FileKind):
    (tmp_path / name).write_bytes(b"12345")
    (item,) = list_files(str(tmp_path))
    assert (item.name, item.size, item.kind, item.link) == (name, 5, kind, "")


def test_a_pointer_is_known_by_its_first_bytes(tmp_path: Path):
    for name in ("model.safetensors", "tokenizer.json", "pytorch_model.bin"):
        (tmp_path / name).write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")
    found = kinds(tmp_path)
    assert found["model.safetensors"] is found["tokenizer.json"] is FileKind.LFS_POINTER
    assert found["pytorch_model.bin"] is FileKind.PICKLE  # it is not opened to see


def test_links_are_followed_and_named(tmp_path: Path):
    """As huggingface_hub's cache is built."""
    blob = tmp_path / "blobs" / "abc"
    blob.parent.mkdir()
    blob.write_bytes(b"123")
    snapshot = tmp_path / "snapshots"
    snapshot.mkdir()
    (snapshot / "config.json").symlink_to("../blobs/abc")
    (snapshot / "model.safetensors").symlink_to("../blobs/gone")
    (snapshot / "loop.json").symlink_to("loop.json")
    files = {item.name: item for item in list_files(str(snapshot))}
    assert (files["config.json"].kind, files["config.json"].size) == (FileKind.JSON, 3)
    assert files["config.json"].link == "../blobs/abc"
    assert files["model.safetensors"].kind is files["loop.json"].kind is FileKind.DANGLING_LINK


def test_unfinished_downloads_are_found_where_they_are_kept(tmp_path: Path):
    downloads = tmp_path / ".cache/huggingface/download"
    downloads.mkdir(parents=True)
    (downloads / "model.safetensors.abc.incomplete").write_bytes(b"1")
    (downloads / "config.json.metadata").write_bytes(b"1")
    assert kinds(tmp_path) == {
        ".cache": FileKind.FOLDER,
        ".cache/huggingface/download/model.safetensors.abc.incomplete": FileKind.PARTIAL,
    }


def test_a_name_that_is_not_utf_8_can_be_printed(tmp_path: Path):
    with open(os.fsencode(tmp_path) + b"/\xff\x1b.json", "wb"):
        pass
    (item,) = list_files(str(tmp_path))
    assert item.name.isprintable()


def test_a_folder_of_too_many_entries_is_not_read(tmp_path: Path):
    for number in range(listing.MOST_ENTRIES + 1):
        (tmp_path / f"{number}").touch()
    with pytest.raises(ValueError, match="more than 10000 entries"):
        list_files(str(tmp_path))
