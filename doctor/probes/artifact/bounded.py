"""Reading the beginning of a file that may be of any size."""

from __future__ import annotations

import os

from doctor.probes.regular_file import open_regular

POINTER = b"version https://git-lfs"
"""How the text begins that Git LFS leaves in place of a file (https://git-lfs.com/spec)."""


def read_start(path: str | os.PathLike[str], most: int) -> tuple[bytes, int]:
    """Return the first `most` bytes of a regular file, and its size.

    Raises:
        OSError: it cannot be read, or is something else.
    """
    with os.fdopen(open_regular(path), "rb") as file:
        return file.read(most), os.fstat(file.fileno()).st_size
