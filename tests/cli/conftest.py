"""Running the real command line in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from doctor.core.snapshot import Snapshot
from doctor.formats.snapshot import render_snapshot
from tests.bases import base
from tests.processes import MEASURING

Doctor = Callable[..., "subprocess.CompletedProcess[str]"]
Save = Callable[..., Path]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """The variables of a plain, English, colourless session."""
    return {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8", **MEASURING}


@pytest.fixture
def doctor(environ: dict[str, str]) -> Doctor:
    """Run doctor and return what it said and how it ended."""

    def run(*arguments: str | Path, **changes: str) -> subprocess.CompletedProcess[str]:
        options: dict[str, Any] = (
            {"input": changes.pop("input")} if "input" in changes else {"stdin": subprocess.DEVNULL}
        )
        return subprocess.run(
            [sys.executable, "-m", "doctor", *map(str, arguments)],
            env={**environ, **changes},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            **options,
        )

    return run


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Write a snapshot to a file: one of the bases by name, or the given one."""

    def write(snapshot: Snapshot | str, name: str = "snapshot.json") -> Path:
        path = tmp_path / name
        path.write_text(render_snapshot(base(snapshot) if isinstance(snapshot, str) else snapshot))
        return path

    return write
