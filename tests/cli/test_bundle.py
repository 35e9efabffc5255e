from __future__ import annotations

from pathlib import Path

import pytest

from doctor.portable.build import as_text, as_zipapp
from tests.cli.conftest import Doctor


def test_each_form_has_its_ending(doctor: Doctor, tmp_path: Path):
    assert doctor("snapshot", "--bundle", tmp_path / "probe.pyz").returncode == 0
    assert doctor("snapshot", "--bundle", tmp_path / "probe.py").returncode == 0
    assert (tmp_path / "probe.pyz").read_bytes() == as_zipapp()
    assert (tmp_path / "probe.py").read_text() == as_text()


def test_the_text_goes_to_standard_output(doctor: Doctor):
    assert doctor("snapshot", "--bundle", "-").stdout == as_text()


@pytest.mark.parametrize(
    "arguments",
    [
        ("--bundle", "probe.zip"),
        ("--bundle", "probe.pyz", "--python", "python3"),
        ("--bundle", "probe.pyz", "--output", "node.json"),
    ],
)
def test_what_contradicts_itself_is_wrong_usage(
    doctor: Doctor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
):
    monkeypatch.chdir(tmp_path)
    done = doctor("snapshot", *arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert "--bundle" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there(doctor: Doctor, tmp_path: Path):
    done = doctor("snapshot", "--bundle", tmp_path / "missing" / "probe.pyz")
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
