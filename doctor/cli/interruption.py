"""Ctrl-C as an end to waiting: what came until then is judged all the same."""

from __future__ import annotations

import os
import signal
from types import FrameType, TracebackType


class Interruption:
    """Hears the first SIGINT, after which the next one ends the program as ever.

    `descriptor` becomes readable then, for who waits in a `select`. Where the signal is ignored it stays so.
    """

    def __init__(self) -> None:
        self.heard = False
        self.descriptor, self._end = os.pipe()
        self._before = signal.getsignal(signal.SIGINT)

    def __enter__(self) -> Interruption:
        if self._before is not signal.SIG_IGN:
            signal.signal(signal.SIGINT, self._hear)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.signal(signal.SIGINT, self._before)
        os.close(self.descriptor)
        os.close(self._end)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self.heard = True
        signal.signal(signal.SIGINT, self._before)
        os.write(self._end, b".")
