"""Where uv is, and what it may see."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from doctor.installer.uv import clean_environ, find_uv


def test_the_uv_of_its_wheel_goes_before_any_other(tmp_path: Path) -> None:
    found = find_uv({"PATH": str(tmp_path)})
    assert subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout.startswith("uv ")


def test_without_its_wheel_it_is_the_one_on_the_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "uv", None)
    assert find_uv({"PATH": str(tmp_path)}) == ""
    (tmp_path / "uv").write_text("#!/bin/sh\n")
    (tmp_path / "uv").chmod(0o755)
    assert find_uv({"PATH": os.pathsep.join(("/nonexistent", str(tmp_path)))}) == str(tmp_path / "uv")


def test_no_other_environment_shines_through() -> None:
    given = {"PATH": "/bin", "PYTHONPATH": "/other", "VIRTUAL_ENV": "/v", "CONDA_PREFIX": "/c", "PIP_NO_INDEX": "1"}
    assert clean_environ(given) == {"PATH": "/bin", "PIP_NO_INDEX": "1"}
