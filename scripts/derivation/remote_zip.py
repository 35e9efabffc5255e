"""A file on a server, read by ranges of bytes: what `zipfile` needs to read one member of a large wheel."""

from __future__ import annotations

import io
from collections.abc import Callable

Range = Callable[[int, int], tuple[bytes, int]]
"""The bytes from the first to the last position, both included, and the size of the whole file."""


class RemoteFile(io.RawIOBase):
    """A seekable, read-only file whose bytes are fetched when they are read."""

    def __init__(self, fetch: Range) -> None:
        super().__init__()
        self._fetch = fetch
        self._position = 0
        self._size = fetch(0, 0)[1]

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move as files do; nothing is fetched."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def tell(self) -> int:
        """The position of the next byte."""
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fetch as many bytes as fit."""
        last = min(self._position + len(buffer), self._size) - 1
        if last < self._position:
            return 0
        content, _ = self._fetch(self._position, last)
        buffer[: len(content)] = content
        self._position += len(content)
        return len(content)
