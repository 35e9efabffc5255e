"""Finding uv, and the variables that it may see."""

from __future__ import annotations

import shutil
from collections.abc import Mapping

_FOREIGN = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "CONDA_PREFIX", "__PYVENV_LAUNCHER__")


def clean_environ(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables without those that let another environment shine through."""
    return {name: value for name, value in environ.items() if name not in _FOREIGN}


def find_uv(environ: Mapping[str, str]) -> str:
    """Return the path of uv: of its wheel beside doctor, or on PATH; "" where there is none."""
    try:
        from uv import find_uv_bin  # type: ignore[import-not-found, import-untyped, unused-ignore]

        return str(find_uv_bin())
    except (ImportError, FileNotFoundError):
        return shutil.which("uv", path=environ.get("PATH")) or ""


def hint_on(said: str) -> str:
    """What helps against what uv has said, "" where its own words are all there is."""
    if "No space left on device" in said or "Disk quota exceeded" in said:
        return "make room, or have UV_CACHE_DIR name a folder with room"
    return ""
