"""Dataclasses with methods that all of them share.

`dataclasses.dataclass` writes the source of six methods for every class and compiles it, which takes 0.7 ms a
class on Python 3.11. A check imports 130 of them. Here the methods are written once and ask the class for its fields:
all imports of a check take 231 ms of processor time with these classes, and 316 ms with `dataclass(frozen=True,
slots=True, kw_only=True)` in their place (the least of 15 runs each, in turn, Python 3.11.7, 2026-11-27).
"""

from __future__ import annotations

import dataclasses
import operator
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_: object) -> Callable[[T], T]:
        """Say nothing: only a type checker listens (PEP 681), and Python has the word from 3.11 on."""
        return lambda decorator: decorator


T = TypeVar("T")


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(dataclasses.field,))
def frozen(cls: type[T]) -> type[T]:
    """Make a class what ``@dataclass(frozen=True, slots=True, kw_only=True)`` makes it, with the methods below.

    What `dataclasses` and msgspec do with dataclasses they do with these, too. A method that the class defines stays.
    """
    plain = dataclasses.dataclass(init=False, repr=False, eq=False, match_args=False, slots=True, kw_only=True)
    return _with(plain(cls), {**_FROZEN, "__init__": _init})


@dataclass_transform(field_specifiers=(dataclasses.field,))
def light_dataclass(*, frozen: bool = False, order: bool = False) -> Callable[[type[T]], type[T]]:
    """What ``@dataclass(slots=True)`` is, with the methods below: its values may be given by position.

    Each class that a check imports spares it half a millisecond.
    """
    plain = dataclasses.dataclass(init=False, repr=False, eq=False, match_args=False, slots=True)
    methods = {**(_FROZEN if frozen else _MUTABLE), **(_ORDER if order else {}), "__init__": _init_by_position}
    return lambda cls: _with(plain(cls), methods)


def _with(made: type[T], methods: Mapping[str, Callable[..., Any] | None]) -> type[T]:
    """Give a class these methods; one that it defines itself stays."""
    for name, method in methods.items():
        if name not in made.__dict__:
            setattr(made, name, method)
    return made


@cache
def _fields(cls: Any) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(cls)


@cache
def _names(cls: Any) -> frozenset[str]:
    return frozenset(field.name for field in _fields(cls))


@cache
def _values_of(cls: Any) -> Callable[[Any], Any]:
    """What reads all values that are compared, and the class, in one call."""
    return operator.attrgetter("__class__", *(field.name for field in _fields(cls) if field.compare))


def _init(self: Any, /, **values: Any) -> None:
    cls = self.__class__
    if values.keys() == _names(cls):
        # As nearly always: every value is given.
        for name, value in values.items():
            _set(self, name, value)
        return
    left = len(values)
    for field in _fields(cls):
        name = field.name
        if name in values:
            left -= 1
            _set(self, name, values[name])
        elif field.default is not dataclasses.MISSING:
            _set(self, name, field.default)
        elif field.default_factory is not dataclasses.MISSING:
            _set(self, name, field.default_factory())
        else:
            raise TypeError(f"{cls.__name__} needs a value for {name!r}")
    if left:
        unknown = values.keys() - _names(cls)
        raise TypeError(f"{cls.__name__} has no field {', '.join(sorted(map(repr, unknown)))}")


def _init_by_position(self: Any, /, *given: Any, **values: Any) -> None:
    names = [field.name for field in _fields(self.__class__)]
    if len(given) > len(names) or not values.keys().isdisjoint(names[: len(given)]):
        raise TypeError(f"{self.__class__.__name__} takes {', '.join(names)}, each once")
    _init(self, **dict(zip(names, given, strict=False)), **values)


def _repr(self: Any) -> str:
    shown = ", ".join(f"{field.name}={getattr(self, field.name)!r}" for field in _fields(self.__class__) if field.repr)
    return f"{self.__class__.__qualname__}({shown})"


def _eq(self: Any, other: object) -> bool:
    values = _values_of(self.__class__)
    return bool(values(self) == values(other)) if other.__class__ is self.__class__ else NotImplemented


def _compared(compare: Callable[[Any, Any], bool]) -> Callable[[Any, object], bool]:
    def method(self: Any, other: object) -> bool:
        values = _values_of(self.__class__)
        return compare(values(self), values(other)) if other.__class__ is self.__class__ else NotImplemented

    return method


def _hash(self: Any) -> int:
    return hash(_values_of(self.__class__)(self))


def _setattr(self: Any, name: str, value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _delattr(self: Any, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _getstate(self: Any) -> list[object]:
    return [getattr(self, field.name) for field in _fields(self.__class__)]


def _setstate(self: Any, state: list[object]) -> None:
    for field, value in zip(_fields(self.__class__), state, strict=True):
        _set(self, field.name, value)


_set = object.__setattr__
_MUTABLE: dict[str, Callable[..., Any] | None] = {"__repr__": _repr, "__eq__": _eq, "__hash__": None}
_FROZEN: dict[str, Callable[..., Any] | None] = {
    "__repr__": _repr,
    "__eq__": _eq,
    "__hash__": _hash,
    "__setattr__": _setattr,
    "__delattr__": _delattr,
    "__getstate__": _getstate,
    "__setstate__": _setstate,
}
_ORDER = {f"__{name}__": _compared(getattr(operator, name)) for name in ("lt", "le", "gt", "ge")}
