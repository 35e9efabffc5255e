"""The facts inside of facts: finding them, telling them apart, and taking one away."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

from doctor.core.fact import Fact, Known, Reason, Source, SourceKind, Unknown

Path = tuple[str | int, ...]


def mark(value: Any, path: Path) -> Any:
    """Give every fact inside a value a source that is its own path."""
    return _rebuild(value, path, lambda fact, place: dataclasses.replace(fact, source=source_of(place)))


def remove(value: Any, path: Path, wanted: Path) -> Any:
    """Replace the fact at `wanted` inside a value by an Unknown."""

    def replace(fact: Fact[Any], place: Path) -> Fact[Any]:
        if place != wanted:
            return fact
        return Unknown(reason=Reason.NO_PERMISSION, detail="taken away", source=source_of(place))

    return _rebuild(value, path, replace)


def paths(value: Any, path: Path) -> Iterator[Path]:
    """Yield the paths of all facts inside a value."""
    found: list[Path] = []

    def keep(fact: Fact[Any], place: Path) -> Fact[Any]:
        found.append(place)
        return fact

    _rebuild(value, path, keep)
    yield from found


def source_of(path: Path) -> Source:
    return Source(kind=SourceKind.FILE, where="/".join(str(part) for part in path))


def _rebuild(value: Any, path: Path, change: Callable[[Any, Path], Any]) -> Any:
    if isinstance(value, Known):
        value = dataclasses.replace(value, value=_rebuild(value.value, (*path, "known"), change))
    if isinstance(value, Fact):
        return change(value, path)
    if isinstance(value, tuple):
        return tuple(_rebuild(item, (*path, index), change) for index, item in enumerate(value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {item.name: getattr(value, item.name) for item in dataclasses.fields(value)}
        return dataclasses.replace(
            value, **{name: _rebuild(item, (*path, name), change) for name, item in fields.items()}
        )
    return value
