"""A target and little file trees for the probes of the machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from doctor.core.fact import Fact, Known
from doctor.core.snapshot import Key
from doctor.core.target import Target
from tests.facts import interpreter


def target_of(environ: Mapping[str, str] | None = None, **changes: Any) -> Target:
    """A target with the given variables, whose interpreter is changed as given."""
    return Target(interpreter=interpreter(**changes), environ=environ or {})


def fact_of(facts: Iterable[tuple[Key[Any], Fact[Any]]], key: Key[Any]) -> Fact[Any]:
    """The fact of one key."""
    return {found.name: fact for found, fact in facts}[key.name]


def value_of(facts: Iterable[tuple[Key[Any], Fact[Any]]], key: Key[Any]) -> Any:
    """The value of one key, which has to be known."""
    fact = fact_of(facts, key)
    assert isinstance(fact, Known), fact
    return fact.value


def write(root: Path, files: Mapping[str, str]) -> Path:
    """Write text files below `root` and return it."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root
