"""Probes that a test makes, and what is found with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from doctor.core.fact import Fact, Known, Source, SourceKind
from doctor.core.snapshot import Key
from doctor.core.target import Facts, Probe, Target
from tests.facts import interpreter

SIZE: Key[int] = Key("size", int, "a number")


NAME: Key[str] = Key("name", str, "a name")


SOURCE = Source(kind=SourceKind.RUN, where="test")


TARGET = Target(interpreter=interpreter())


def known(value: Any) -> Fact[Any]:
    return Known(value=value, source=SOURCE)


def probe(find: Callable[[Target], Facts], *keys: Key[Any], deadline: float = 20.0, name: str = "tested") -> Probe:
    return Probe(name=name, keys=keys or (SIZE,), find=find, deadline=deadline)
