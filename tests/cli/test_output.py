"""Files for results: refused before the work where they cannot be written, and whole or as they were."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from doctor.cli.output import OutputError, append, require_folder, write
from tests.processes import as_nobody, no_room


def test_a_file_in_a_folder_that_is_not_there_is_refused_before_the_work(tmp_path: Path):
    with pytest.raises(OutputError, match=f"there is no folder {tmp_path}/gone"):
        require_folder(tmp_path / "gone/report.json")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be another user for a while")
def test_a_folder_of_another_user_is_refused_unless_the_file_is_there():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "there").touch()
        (folder / "closed/open").mkdir(parents=True)
        (folder / "closed").chmod(0o700)
        with as_nobody():
            require_folder(folder / "there")
            with pytest.raises(OutputError, match=f"{folder} may not be written to"):
                require_folder(folder / "report.json")
            with pytest.raises(OutputError, match=f"cannot be written: {folder}/closed/open: Permission denied"):
                require_folder(folder / "closed/open/report.json")


def test_a_link_into_a_folder_that_is_not_there_is_refused(tmp_path: Path):
    (tmp_path / "link").symlink_to("gone/report.json")
    with pytest.raises(OutputError, match=f"there is no folder {tmp_path}/gone"):
        require_folder(tmp_path / "link")


def test_what_is_appended_is_cut_at_the_end_of_a_line(tmp_path: Path):
    path = tmp_path / "summary.md"
    append("one\n", path, 100)
    append("two\nthree\nfour\n", path, 12)
    assert path.read_text() == "one\ntwo\nthree\n\n... cut here\n"


def test_without_room_the_file_is_as_it_was(tmp_path: Path):
    path = tmp_path / "report.json"
    path.write_text("before")
    with no_room():
        with pytest.raises(OutputError, match=f"{path} cannot be written: File too large"):
            write("x" * 100, path)
        with pytest.raises(OutputError, match=f"{path} cannot be written: File too large"):
            append("more", path, 100)
    assert (path.read_text(), os.listdir(tmp_path)) == ("before", ["report.json"])
