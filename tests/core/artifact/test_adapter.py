"""What an adapter's folder holds, by name and by kind."""

from __future__ import annotations

import pytest

from doctor.core.artifact.adapter import AdapterFolder
from doctor.core.artifact.folder import FileKind, FolderFile
from tests.facts import absent

FOLDER = AdapterFolder(
    path="/adapters/a",
    files=(
        FolderFile(name="adapter_config.json", size=900, kind=FileKind.JSON),
        FolderFile(name="adapter_model.bin", size=4096, kind=FileKind.PICKLE),
        FolderFile(name="adapter_model.safetensors", size=0, kind=FileKind.DANGLING_LINK, link="../gone"),
        FolderFile(name="checkpoint-100", size=0, kind=FileKind.FOLDER),
    ),
    config=absent(),
    weights=absent(),
    values=absent(),
    tokenizer=absent(),
)


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("adapter_config.json", True),
        ("adapter_model.safetensors", False),
        ("checkpoint-100", False),
        ("tokenizer.json", False),
    ],
    ids=["file", "link to nothing", "folder", "absent"],
)
def test_only_what_can_be_opened_as_a_file_is_there(name: str, there: bool) -> None:
    assert FOLDER.has(name) is there


def test_names_are_told_by_kind() -> None:
    assert FOLDER.names(FileKind.PICKLE, FileKind.FOLDER) == ("adapter_model.bin", "checkpoint-100")
    assert len(FOLDER.names()) == 4
