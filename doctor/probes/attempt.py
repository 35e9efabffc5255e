"""Reading one fact so that its failure costs that fact alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from doctor.core.fact import Fact, Known, Reason, Source, Unknown
from doctor.core.snapshot import Key

T = TypeVar("T")


def attempt(key: Key[T], source: Source, read: Callable[[], T]) -> tuple[Key[Any], Fact[Any]]:
    """Return `key` with what `read` returns, or with Unknown when a file cannot be read."""
    return key, attempt_fact(source, read)


def attempt_fact(source: Source, read: Callable[[], T]) -> Fact[T]:
    """Return what `read` returns as Known, or Unknown when it raises OSError or ValueError."""
    try:
        return Known(value=read(), source=source)
    except OSError as error:
        return Unknown(reason=reason_of(error), detail=str(error), source=source)
    except ValueError as error:
        return Unknown(reason=Reason.MALFORMED, detail=str(error), source=source)


def reason_of(error: OSError) -> Reason:
    """The word for why a file could not be read."""
    return Reason.NO_PERMISSION if isinstance(error, PermissionError) else Reason.FAILED
