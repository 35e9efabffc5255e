"""Rules of numbers, for what holds of any rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from doctor.core.fact import Fact
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, Rule
from doctor.core.snapshot import Key

NUMBER: Key[int] = Key("number", int, "a number")
NUMBERS: Key[tuple[Fact[int], ...]] = Key("numbers", tuple[Fact[int], ...], "numbers")


def rule_of(check: Callable[[Env], Iterator[Problem]], *reads: Key[object]) -> Rule:
    """A rule that checks what the test says."""
    return Rule(
        code="TST001",
        name="test",
        topic="TST",
        title="A test",
        severity=Severity.ERROR,
        cause=Cause.OTHER,
        since="0.1.0",
        reads=reads or (NUMBER, NUMBERS),  # type: ignore[arg-type]
        load=lambda: check,
    )
