"""The folder for temporary files is found without writing anything."""

from __future__ import annotations

import os
import tempfile

import pytest

from doctor.probes.temporary import temporary_folder


@pytest.mark.parametrize("name", ["TMPDIR", "TEMP", "TMP"])
def test_it_is_where_a_variable_says(tmp_path, name):
    assert temporary_folder({name: str(tmp_path)}) == tmp_path


def test_what_is_not_there_or_no_folder_is_passed_over(tmp_path):
    (tmp_path / "file").touch()
    environ = {"TMPDIR": str(tmp_path / "gone"), "TEMP": str(tmp_path / "file"), "TMP": str(tmp_path)}
    assert temporary_folder(environ) == tmp_path


def test_without_a_variable_it_is_the_standard_librarys_choice(monkeypatch):
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(tempfile, "tempdir", None)
    assert str(temporary_folder(os.environ)) == tempfile.gettempdir()


def test_looking_writes_nothing(tmp_path):
    """A folder's time is that of the last entry that was made or removed in it."""
    before = tmp_path.stat().st_mtime_ns
    temporary_folder({"TMPDIR": str(tmp_path)})
    assert tmp_path.stat().st_mtime_ns == before
