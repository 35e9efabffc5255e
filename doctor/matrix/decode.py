"""Turning TOML tables into rows, and saying of each value what is wrong with it."""

from __future__ import annotations

import dataclasses
import enum
import types
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from doctor.matrix.locate import Place

Report = Callable[[Place, str], None]
Errors = Iterator[tuple[Place, str]]

_NAMES = {str: "text", bool: "true or false", int: "a whole number", float: "a number", type(None): "nothing"}


def decode(row_type: Any, value: Any, place: Place, report: Report) -> Any | None:
    """Return the row (or other value) that `value` holds, or None after every error in it was reported."""
    if not dataclasses.is_dataclass(row_type) or _only_known_keys(row_type, value):
        try:
            return msgspec.convert(value, row_type)
        except msgspec.ValidationError as error:
            message = str(error)
    else:
        message = ""
    # Only a row with errors is walked over value by value: msgspec stops at the first one.
    errors = list(_explain(row_type, value, place)) or [(place, message)]
    for where, text in errors:
        report(where, text)
    return None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A clause that names the nearest known word, or "" when none is near."""
    # Late: only a file with errors needs it.
    import difflib

    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else ""


def describe(value: Any) -> str:
    """What a TOML value is, in a few words."""
    if isinstance(value, str):
        return f"the text {_short(value)!r}"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        # An integer of thousands of digits cannot be written out (sys.set_int_max_str_digits).
        return f"the number {value}" if isinstance(value, float) or value.bit_length() < 200 else "a huge number"
    if isinstance(value, list):
        return "an array" if value else "an empty array"
    if isinstance(value, dict):
        return "a table"
    return f"a {type(value).__name__} without quotes"


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


@cache
def _hints(row_type: Any) -> dict[str, Any]:
    return get_type_hints(row_type)


@cache
def _rows_within(row_type: Any) -> tuple[tuple[str, Any], ...]:
    """The fields that hold rows of their own, with the type of these."""
    found: list[tuple[str, Any]] = []
    for name, hint in _hints(row_type).items():
        items = get_args(hint)
        if get_origin(hint) is tuple and dataclasses.is_dataclass(items[0]):
            found.append((name, items[0]))
    return tuple(found)


def _only_known_keys(row_type: Any, value: Any) -> bool:
    # msgspec passes over keys that a dataclass does not have.
    if not isinstance(value, dict) or not value.keys() <= _hints(row_type).keys():
        return False
    for name, inner in _rows_within(row_type):
        items = value.get(name, [])
        if not isinstance(items, list) or not all(_only_known_keys(inner, item) for item in items):
            return False
    return True


def _explain(expected: Any, value: Any, place: Place) -> Errors:
    """Every error of a value, with its place."""
    origin = get_origin(expected)
    if dataclasses.is_dataclass(expected):
        yield from _explain_row(expected, value, place)
    elif origin is tuple:
        yield from _explain_array(get_args(expected)[0], value, place)
    elif origin is dict and isinstance(value, dict):
        for name, item in value.items():
            yield from _explain(get_args(expected)[1], item, (*place, name))
    elif isinstance(expected, type) and issubclass(expected, enum.Enum):
        yield from _explain_enum(expected, value, place)
    else:
        try:
            msgspec.convert(value, expected)
        except msgspec.ValidationError:
            yield _wrong(_noun(expected), value, place)


def _explain_row(row_type: Any, value: Any, place: Place) -> Errors:
    if not isinstance(value, dict):
        yield _wrong("a table", value, place)
        return
    hints = _hints(row_type)
    for name in value:
        if name not in hints:
            yield (*place, name), f"the key {name!r} is not known{did_you_mean(name, hints)}"
    for item in dataclasses.fields(row_type):
        if item.name in value:
            yield from _explain(hints[item.name], value[item.name], (*place, item.name))
        elif item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING:
            yield place, f"the key {item.name!r} is missing: expected {_noun(hints[item.name])}"


def _explain_array(item_type: Any, value: Any, place: Place) -> Errors:
    if not isinstance(value, list):
        yield _wrong(f"an array of {_noun(item_type)}", value, place)
        return
    for number, item in enumerate(value):
        yield from _explain(item_type, item, (*place, number))


def _explain_enum(expected: type[enum.Enum], value: Any, place: Place) -> Errors:
    values = [str(item.value) for item in expected]
    if value not in values:
        place, message = _wrong(_noun(expected), value, place)
        yield place, message + (did_you_mean(value, values) if isinstance(value, str) else "")


def _wrong(expected: str, value: Any, place: Place) -> tuple[Place, str]:
    return place, f"{label(place)}: expected {expected}, found {describe(value)}"


def label(place: Place) -> str:
    """The last key on the way to a value, with the index within it, on one line."""
    names = [part for part in place if isinstance(part, str)]
    inner = f"[{place[-1]}]" if place and isinstance(place[-1], int) else ""
    name = names[-1] if names else "the file"
    return f"{name if name.strip() and name.isprintable() else repr(name)}{inner}"


def _noun(expected: Any) -> str:
    origin = get_origin(expected)
    if origin is tuple:
        return f"an array of {_noun(get_args(expected)[0])}"
    if origin is dict or dataclasses.is_dataclass(expected):
        return "a table"
    if origin in (Union, types.UnionType):
        return " or ".join(_noun(item) for item in get_args(expected) if item is not type(None))
    if isinstance(expected, type) and issubclass(expected, enum.Enum):
        return f"one of {', '.join(str(item.value) for item in expected)}"
    return _NAMES.get(expected, getattr(expected, "__name__", str(expected)))
