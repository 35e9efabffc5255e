"""SIGINT and SIGTERM as the end of the program, whatever becomes of the exception that says so."""

from __future__ import annotations

import signal
import sys
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs


class TerminatedError(BaseException):
    """SIGTERM arrived. Not an Exception: nothing on the way may take it for a failure."""


class Ending:
    """Hears the signals that end the program, and keeps the number of the first.

    A handler can only raise, wherever the program is, and what it raises need not arrive: Python until 3.11 makes
    a RuntimeError of it where a class is being put together (`object.__set_name__`), and drops it in a finaliser and
    where a reference dies, as in every import. What the process ends with is made from the number, therefore, and not
    from the exception, and nothing is said of one that was dropped.
    """

    def __init__(self) -> None:
        self.number = 0

    def listen(self) -> None:
        """Hear from now on; a signal that the parent has had ignored, as a shell does in the background, stays so."""
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._hear)
        sys.unraisablehook = self._drop

    def code(self, otherwise: int) -> int:
        """The exit code: 128 and the signal's number, or `otherwise` where none came; from now on one ends at once."""
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) == self._hear:
                signal.signal(number, signal.SIG_DFL)
        return 128 + self.number if self.number else otherwise

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self.number = self.number or number
        raise KeyboardInterrupt if number == signal.SIGINT else TerminatedError

    def _drop(self, dropped: UnraisableHookArgs) -> None:
        if not (self.number and issubclass(dropped.exc_type, (KeyboardInterrupt, TerminatedError))):
            sys.__unraisablehook__(dropped)
