"""The snapshot: every fact of one target, with JSON on the way out."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from dataclasses import field
from enum import Enum
from typing import Any, Generic, TypeVar

from doctor.core.fact import Absent, Fact, Known, Reason, Source, SourceKind, Unknown
from doctor.core.frozen import frozen, light_dataclass
from doctor.core.inert import make_json_inert

SCHEMA_VERSION = 2
"""What is written: `doctor.core.packing` says how."""

READABLE_VERSIONS = (1, 2)
"""What is read: version 1 writes every default and every source where it belongs."""

T = TypeVar("T")


@light_dataclass(frozen=True)
class Key(Generic[T]):
    """The name of one fact: its JSON name, its type, one line that says what it is.

    `type` is the annotation that the value is decoded with, for example ``tuple[Gpu, ...]``.
    """

    name: str
    type: Any
    doc: str


@frozen
class Snapshot:
    """What is known of one target.

    `facts` maps key names to facts; `taken_at` is an ISO 8601 time in UTC; `target` names what
    was examined in the user's words (an interpreter's path, a file's name).
    """

    target: str
    taken_at: str
    doctor_version: str
    facts: Mapping[str, Fact[Any]] = field(default_factory=dict)
    schema_version: int = SCHEMA_VERSION

    def get(self, key: Key[T]) -> Fact[T]:
        """Return the fact of `key`; a fact that no probe produced is Unknown, never healthy."""
        fact = self.facts.get(key.name)
        if fact is not None:
            return fact
        return Unknown(
            reason=Reason.NOT_RUN,
            detail=f"nothing in this snapshot states {key.name}",
            source=Source(kind=SourceKind.RUN, where=self.target),
        )

    def __repr__(self) -> str:
        return f"Snapshot({self.target!r}, taken_at={self.taken_at!r}, {len(self.facts)} facts)"

    def to_json(self) -> str:
        """The snapshot as a file holds it, a fact on a line, so that two of them can be compared line by line.

        It is ASCII: paths that are not UTF-8 survive, and no control does.
        """
        from doctor.core.packing import pack_fact  # it knows a type with a Key, which is defined here

        head = {name: getattr(self, name) for name in ("schema_version", "target", "taken_at", "doctor_version")}
        lines = [f"{_dump(name)}:{_dump(value)}" for name, value in head.items()]
        facts = [f"{_dump(name)}:{_dump(pack_fact(fact))}" for name, fact in self.facts.items()]
        lines.append('"facts":{\n' + ",\n".join(facts) + "\n}")
        return "{\n" + ",\n".join(lines) + "\n}\n"

    def replace(self, key: Key[T], fact: Fact[T]) -> Snapshot:
        """Return this snapshot with one fact replaced."""
        return dataclasses.replace(self, facts={**self.facts, key.name: fact})


def _dump(value: object) -> str:
    return make_json_inert(json.dumps(value, separators=(",", ":")))


def snapshot_of(target: str, *, taken_at: str, version: str, facts: Iterable[tuple[Key[Any], Fact[Any]]]) -> Snapshot:
    """Build a snapshot from (key, fact) pairs."""
    named = {key.name: fact for key, fact in facts}
    return Snapshot(target=target, taken_at=taken_at, doctor_version=version, facts=named)


def to_json(value: Any) -> Any:
    """Turn facts and the frozen dataclasses in them into what `json.dumps` takes.

    A Known fact becomes ``{"known": value, "source": ...}``, an Absent one ``{"absent": detail,
    "source": ...}``, an Unknown one ``{"unknown": reason, "detail": ..., "source": ...}``.
    """
    if isinstance(value, Known):
        return {"known": to_json(value.value), "source": to_json(value.source)}
    if isinstance(value, Absent):
        return {"absent": value.detail, "source": to_json(value.source)}
    if isinstance(value, Unknown):
        return {"unknown": value.reason.value, "detail": value.detail, "source": to_json(value.source)}
    if isinstance(value, Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: to_json(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(name): to_json(item) for name, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        items = sorted(value) if isinstance(value, (set, frozenset)) else value
        return [to_json(item) for item in items]
    return value
