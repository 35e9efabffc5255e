"""Reading the beginning of a file that may be of any size, and of folders that others made."""

from __future__ import annotations

import errno
import os
import re

from doctor.probes.regular_file import open_regular

_BLOB = re.compile(r"/(?:models|datasets|spaces)--[^/]+/blobs/[^/]+")

POINTER = b"version https://git-lfs"
"""How the text begins that Git LFS leaves in place of a file (https://git-lfs.com/spec)."""


def read_start(path: str | os.PathLike[str], most: int) -> tuple[bytes, int]:
    """Return the first `most` bytes of a regular file, and its size.

    Raises:
        OSError: it cannot be read, or is something else.
    """
    with os.fdopen(open_regular(path), "rb") as file:
        return file.read(most), os.fstat(file.fileno()).st_size


def read_inside(folder: str, name: str, most: int) -> tuple[bytes, int]:
    """Return the first `most` bytes of a regular file of `folder`, and its size; see `require_inside`.

    Raises:
        OSError: it cannot be read, is something else, or leads out of the folder.
    """
    require_inside(folder, name)
    return read_start(f"{folder}/{name}", most)


def require_inside(folder: str, name: str) -> None:
    """Demand that a file lies in `folder`.

    A link that leads out of the folder is not followed, or a folder that was downloaded could have
    doctor read and report what else this user may read. The files of Hugging Face's cache are links to its blobs
    (https://huggingface.co/docs/huggingface_hub/guides/manage-cache), which hold what was downloaded and nothing else.

    Raises:
        PermissionError: it leads out of the folder.
    """
    path = f"{folder}/{name}"
    real = os.path.realpath(path)
    if not real.startswith(f"{os.path.realpath(folder)}/".replace("//", "/")) and not _BLOB.search(real):
        raise PermissionError(errno.EPERM, f"it is a link out of the folder, to {real}, and is not followed", path)
