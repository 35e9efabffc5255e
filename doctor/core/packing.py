"""How a snapshot's facts are written, so that a report of 300 distributions stays below 256 KiB, and nothing is lost.

Each fact stands for itself, so that the text of a fact which two nodes have in common is the same text. It is the
form of `doctor.core.snapshot.to_json` with four things left out of it:

- what has its default, and the line of a source that has none;
- the sources of facts within facts: such a ``source`` is a place in the list ``sources`` of the fact, where a
  ``[kind, where]`` or ``[kind, where, line]`` stands;
- the folder that most paths of the fact lie in: it is its ``folder``, and ``@/`` at the beginning of a text
  stands for it (a text that begins with ``@/`` or ``@@`` itself has one more ``@``);
- the platforms of wheel tags: after the first, ``cp311-abi3-*`` stands for those of the one before.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import Any

from doctor.core.fact import Absent, Fact, Known, Source, Unknown
from doctor.core.interpreter import Interpreter

MARK = "@"
_FOLDER = f"{MARK}/"
_FROM = 2  # paths in a folder, from which on it is worth its name


class _Packer:
    """Turns one fact into what `json.dumps` takes."""

    def __init__(self) -> None:
        self._places: dict[Source, int] = {}

    def pack(self, fact: Fact[Any]) -> dict[str, Any]:
        packed = {**self._content(fact), "source": _pack_source(_source_of(fact))}
        if self._places:
            packed["sources"] = [_pack_nested(source) for source in self._places]
        folder = _common_folder(packed)
        if folder:
            packed = {"folder": folder, **{name: _shorten(value, f"{folder}/") for name, value in packed.items()}}
        return packed

    def _content(self, fact: Fact[Any]) -> dict[str, Any]:
        if isinstance(fact, Known):
            return {"known": self._value(fact.value)}
        if isinstance(fact, Absent):
            return {"absent": fact.detail}
        assert isinstance(fact, Unknown)
        return {"unknown": fact.reason.value, "detail": fact.detail}

    def _value(self, value: Any) -> Any:
        if isinstance(value, Fact):
            place = self._places.setdefault(_source_of(value), len(self._places))
            return {**self._content(value), "source": place}
        if isinstance(value, Enum):
            return value.value
        if isinstance(value, Interpreter):
            value = dataclasses.replace(value, tags=tuple(pack_tags(value.tags)))
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            fields = ((item, getattr(value, item.name)) for item in dataclasses.fields(value))
            return {item.name: self._value(held) for item, held in fields if not _is_default(item, held)}
        if isinstance(value, Mapping):
            return {str(name): self._value(item) for name, item in value.items()}
        if isinstance(value, (list, tuple, set, frozenset)):
            return [self._value(item) for item in (sorted(value) if isinstance(value, (set, frozenset)) else value)]
        return value


def pack_fact(fact: Fact[Any]) -> dict[str, Any]:
    """Turn a fact into what `json.dumps` takes."""
    return _Packer().pack(fact)


def _source_of(fact: Fact[Any]) -> Source:
    assert isinstance(fact, (Known, Absent, Unknown))
    return fact.source


def _is_default(field: dataclasses.Field[Any], value: Any) -> bool:
    if field.default_factory is not dataclasses.MISSING:
        return bool(value == field.default_factory())
    # Of 0 and False, which are equal, one may be the default and the other not.
    return type(value) is type(field.default) and bool(value == field.default)


def _pack_source(source: Source) -> dict[str, Any]:
    line = {} if source.line is None else {"line": source.line}
    return {"kind": source.kind.value, "where": source.where, **line}


def _pack_nested(source: Source) -> list[Any]:
    return list(_pack_source(source).values())


def _common_folder(packed: Any) -> str:
    """The folder by which most is saved, "" where none holds several paths."""
    folders: Counter[str] = Counter()
    for path in _texts(packed):
        if path.startswith("/"):
            folders.update(path[:place] for place in range(1, len(path)) if path[place] == "/")
    several = [folder for folder, count in folders.items() if count >= _FROM]
    return max(several, key=lambda folder: (folders[folder] * (len(folder) - 1), folder), default="")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _shorten(value: Any, folder: str) -> Any:
    if isinstance(value, str):
        if value.startswith(folder):
            return _FOLDER + value[len(folder) :]
        return MARK + value if value.startswith((_FOLDER, MARK * 2)) else value
    if isinstance(value, dict):
        return {name: _shorten(item, folder) for name, item in value.items()}
    return [_shorten(item, folder) for item in value] if isinstance(value, list) else value


def lengthen(value: Any, folder: str) -> Any:
    """Write the paths of a packed fact out, all of which lie in `folder`."""
    if isinstance(value, str):
        if value.startswith(_FOLDER):
            return f"{folder}/{value[len(_FOLDER) :]}"
        return value[1:] if value.startswith(MARK * 2) else value
    if isinstance(value, dict):
        return {name: lengthen(item, folder) for name, item in value.items()}
    return [lengthen(item, folder) for item in value] if isinstance(value, list) else value


def pack_tags(tags: Iterable[str]) -> Iterator[str]:
    """Write tags that follow each other and differ by their platforms only as one (PEP 425's compressed tag sets)."""
    before: list[str] = []
    for rest, platforms in _runs(tags):
        if not rest:  # no tag at all
            yield from platforms
            continue
        yield f"{rest}-*" if platforms == before else f"{rest}-{'.'.join(platforms)}"
        before = platforms


def _runs(tags: Iterable[str]) -> list[tuple[str, list[str]]]:
    runs: list[tuple[str, list[str]]] = []
    for tag in tags:
        rest, _, platform = tag.rpartition("-")
        if not runs or runs[-1][0] != rest:
            runs.append((rest, []))
        runs[-1][1].append(platform)
    return runs


def unpack_tags(packed: Iterable[str]) -> Iterator[str]:
    """Write the tags of `pack_tags` out one by one."""
    platforms: list[str] = []
    for entry in packed:
        rest, _, stated = entry.rpartition("-")
        if not rest:
            yield entry
            continue
        platforms = platforms if stated == "*" else stated.split(".")
        yield from (f"{rest}-{platform}" for platform in platforms)
