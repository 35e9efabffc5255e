"""Opening regular files only: a pipe or a device would hold its reader, or never end."""

from __future__ import annotations

import errno
import os
import stat
import sys

_CHUNK = 1 << 16
_LARGEST_CHUNK = 1 << 30  # Linux reads no more than 2 GiB at once


def open_regular(path: str | os.PathLike[str]) -> int:
    """Open a regular file for reading and return its descriptor.

    Raises:
        OSError: it cannot be opened, or is something else.
    """
    # Without O_NONBLOCK the opening itself of a pipe waits for someone who writes to it.
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "it is not a regular file", os.fspath(path))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def read_regular(path: str | os.PathLike[str], most: int | None = None) -> bytes:
    """Read a regular file, of at most `most` bytes where that is given.

    Raises:
        OSError: it cannot be read, is something else, or has more bytes.
    """
    # An environment has a thousand of these files, and a file object takes longer to make than one to read.
    descriptor = open_regular(path)
    try:
        # Memory is set aside for as many bytes as are asked for: not for `most` of them where a file states that it
        # has few. (Some have more than they state, such as those of /proc.)
        wanted = os.fstat(descriptor).st_size + 1
        chunks: list[bytes] = []
        left = sys.maxsize if most is None else most + 1
        while left and (chunk := os.read(descriptor, min(wanted, left, _LARGEST_CHUNK))):
            chunks.append(chunk)
            left -= len(chunk)
            wanted = max(wanted - len(chunk), _CHUNK)
    finally:
        os.close(descriptor)
    content = chunks[0] if len(chunks) == 1 else b"".join(chunks)
    if most is not None and len(content) > most:
        raise OSError(errno.EFBIG, f"it has more than {most >> 20} MiB", os.fspath(path))
    return content
