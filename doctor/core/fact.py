"""Facts: what was looked at, what was found, and where it was found."""

from __future__ import annotations

from enum import Enum
from typing import Any, Generic, TypeVar

from doctor.core.frozen import frozen

T = TypeVar("T")


class SourceKind(str, Enum):
    """The kinds of places that a fact can come from."""

    DIST_INFO = "dist-info"
    ELF = "elf"
    FILE = "file"
    NVML = "nvml"
    PROC = "proc"
    ENV_VAR = "env-var"
    CONFIG = "config"
    COLLECT_ENV = "collect-env"
    LOCK = "lock"
    RUN = "run"
    MATRIX = "matrix"
    OPTION = "option"


@frozen
class Source:
    """Where a fact was read.

    `where` is a path, a function of a library, a variable's name, a command line or the option of
    doctor that stated it (``--target-gpu``); `line` is 1-based and only present for text files.
    """

    kind: SourceKind
    where: str
    line: int | None = None

    def __str__(self) -> str:
        place = self.where if self.line is None else f"{self.where}:{self.line}"
        return f"{self.kind.value} {place}"


class Reason(str, Enum):
    """Why something is not known."""

    NOT_RUN = "not-run"
    NO_PERMISSION = "no-permission"
    TIMED_OUT = "timed-out"
    UNSUPPORTED = "unsupported"
    MALFORMED = "malformed"
    FAILED = "failed"
    CONFLICTING = "conflicting"
    NOT_STATED = "not-stated"


class Fact(Generic[T]):
    """One of `Known`, `Absent` and `Unknown`. Absent is knowledge; Unknown is not."""

    __slots__ = ()


@frozen
class Known(Fact[T]):
    """It was looked at and this is its value."""

    value: T
    source: Source


@frozen
class Absent(Fact[T]):
    """It was looked for where it would be, and it is not there."""

    source: Source
    detail: str = ""


@frozen
class Unknown(Fact[T]):
    """It could not be determined: `reason` says in one word why, `detail` in a sentence."""

    reason: Reason
    detail: str
    source: Source


def not_told(fact: Fact[Any]) -> bool:
    """Whether a fact is missing because nothing tells it: a text is silent, a reading not supported.

    What the matrix knows of the model or the wheel may stand in for it. Where something has
    failed it may not: a file that cannot be read need not be the one that was published.
    """
    return isinstance(fact, Unknown) and fact.reason in (Reason.NOT_STATED, Reason.UNSUPPORTED)


def value_or(fact: Fact[T], default: T) -> T:
    """Return the known value, or `default`; for display, never for a verdict."""
    return fact.value if isinstance(fact, Known) else default
