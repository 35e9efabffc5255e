"""Reading the beginning of a file that may be of any size, and of folders that others made."""

from __future__ import annotations

import os
import re

from doctor.probes.regular_file import open_regular

_SNAPSHOT = re.compile(r"(.*/(?:models|datasets|spaces)--[^/]+)/snapshots/[^/]+(?:/|$)")
"""A folder of Hugging Face's cache, whose files are links to the blobs of the same repository
(https://huggingface.co/docs/huggingface_hub/guides/manage-cache)."""

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
    with os.fdopen(open_inside(folder, name), "rb") as file:
        return file.read(most), os.fstat(file.fileno()).st_size


def open_inside(folder: str, name: str) -> int:
    """Open a regular file of `folder` for reading and return its descriptor; see `require_inside`.

    Raises:
        OSError: it cannot be opened, is something else, or leads out of the folder.
    """
    require_inside(folder, name)
    return open_regular(f"{folder}/{name}")


def require_inside(folder: str, name: str) -> None:
    """Demand that a file lies in `folder`.

    A link that leads out of the folder is not followed, or a folder that was downloaded could have
    doctor read and report what else this user may read. Of a snapshot in Hugging Face's cache the blobs of the same
    repository count as its own: they hold what was downloaded with it and nothing else.

    Raises:
        PermissionError: it leads out of the folder.
    """
    real = os.path.realpath(f"{folder}/{name}")
    if not _lies_inside(folder, real):
        said = f"{name} is a link out of the folder, to {real}, and not followed; cp -rL makes a copy without links"
        raise PermissionError(said)


def _lies_inside(folder: str, real: str) -> bool:
    home = os.path.realpath(folder)
    snapshot = _SNAPSHOT.match(home)
    own = [home, *([f"{snapshot[1]}/blobs"] if snapshot else [])]
    return any(real.startswith(f"{place}/".replace("//", "/")) for place in own)
