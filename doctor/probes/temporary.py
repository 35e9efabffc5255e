"""The folder for temporary files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def temporary_folder(environ: Mapping[str, str]) -> Path:
    """The folder that `tempfile.gettempdir` takes: the first that exists and can be written to; TMPDIR comes first.

    That function tries by writing a file, which stays for ever where a signal comes just then. This one asks.
    """
    named = [Path(environ[name]) for name in ("TMPDIR", "TEMP", "TMP") if environ.get(name)]
    candidates = [*named, Path("/tmp"), Path("/var/tmp"), Path("/usr/tmp")]  # noqa: S108 - tempfile's own list
    return next((folder for folder in candidates if os.access(f"{folder}/", os.W_OK | os.X_OK)), candidates[0])
