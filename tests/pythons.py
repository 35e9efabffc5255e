"""The other Pythons of this machine."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path


@functools.cache
def pythons() -> dict[tuple[int, int], str]:
    """One interpreter of each minor version that is found on PATH or under pyenv."""
    found: dict[tuple[int, int], str] = {}
    for path in _candidates():
        done = subprocess.run(
            [path, "-I", "-c", "import sys; print(*sys.version_info[:2])"], capture_output=True, text=True, timeout=60
        )
        if done.returncode == 0:
            major, minor = done.stdout.split()
            found.setdefault((int(major), int(minor)), path)
    return found


def _candidates() -> Iterator[str]:
    # A shim of pyenv that no version stands behind ends with an error, and is passed over.
    named = (shutil.which(f"python3.{minor}") for minor in range(7, 16))
    yield from (path for path in named if path)
    folder = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    yield from map(str, sorted(folder.glob("3.*/bin/python")))
