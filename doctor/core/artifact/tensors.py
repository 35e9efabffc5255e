"""Tensors by name: tables of thousands of names kept small, and the weight files that hold them."""

from __future__ import annotations

import itertools
import math
import operator
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType

from doctor.core.frozen import frozen
from doctor.core.same import Same

MOST_NAMES = 2_000_000
"""Names that one group may stand for: a snapshot from elsewhere must not fill the memory."""

MOST_NUMBERS = 16
"""Numbers of a name that are told apart from it: of those of known models none has more than 4."""

# Between dots, and as `str` would write it: 007 is no number.
_NUMBER = re.compile(r"(?<![^.])(0|[1-9][0-9]{0,19})(?![^.])")
_DIGIT = re.compile("[0-9]")
_ONES = str.maketrans("23456789", "11111111")

UNREADABLE = frozenset({"empty", "short", "header-too-large", "not-json", "not-a-table", "pointer"})
"""The kinds of damage that leave no table of tensors."""


@frozen
class Damage:
    """What is wrong with the form of a file: a `kind` in one word and a sentence."""

    kind: str
    detail: str


@frozen
class NameGroup:
    """Names that differ in their numbers only.

    `pattern` has a ``*`` for each number (``model.layers.*.mlp.up_proj.weight``); each of
    `members` is a product of ranges for them, ``0-79`` or, with two numbers, ``0-79.0-127``. A
    name without a number has no members.
    """

    pattern: str
    members: tuple[str, ...] = ()


@frozen
class TensorGroup:
    """Tensors of one dtype and one shape whose names differ in their numbers only.

    `dtype` is the word of the safetensors format (``BF16``, ``F32``, ``U8``).
    """

    names: NameGroup
    dtype: str
    shape: tuple[int, ...]


@frozen
class Tensor:
    """One tensor: its dtype, its shape, and the name of the file that holds it."""

    dtype: str
    shape: tuple[int, ...]
    file: str = ""

    @property
    def elements(self) -> int:
        """The number of its elements."""
        count = 1
        for size in self.shape:
            count *= size
        return count


@frozen
class SafetensorsFile:
    """A safetensors file as its header describes it; no weight is read.

    `size` is that of the file in bytes and `stated_size` what the header says it must be, 0
    where there is no header. `damages` are of the kinds those in `UNREADABLE`, which leave no
    table of tensors, and ``truncated``, ``trailing``, ``overlap``, ``hole``, ``length`` (bytes that do
    not fit dtype and shape) and ``dtype``. `metadata` are the texts under ``__metadata__``.
    """

    name: str
    size: int
    stated_size: int = 0
    damages: tuple[Damage, ...] = ()
    metadata: dict[str, str] | None = None
    groups: tuple[TensorGroup, ...] = ()

    @property
    def readable(self) -> bool:
        """Whether its table of tensors is there, whatever else is wrong."""
        return not any(damage.kind in UNREADABLE for damage in self.damages)

    def tensors(self) -> Mapping[str, Tensor]:
        """Map each name to its tensor."""
        return _table_of(Same(self))


@frozen
class TensorValues:
    """What a scan of the data of a file found.

    `not_finite` are the names of tensors that hold NaN or infinity, `zero` of those that hold nothing but zeros.
    """

    not_finite: tuple[str, ...] = ()
    zero: tuple[str, ...] = ()


def group_tensors(tensors: Mapping[str, tuple[str, tuple[int, ...]]]) -> tuple[TensorGroup, ...]:
    """Group tensors, given as name to (dtype, shape), by dtype, shape and the pattern of their names."""
    return group_kinds(tensors.items())


def group_kinds(tensors: Iterable[tuple[str, tuple[str, tuple[int, ...]]]]) -> tuple[TensorGroup, ...]:
    """What `group_tensors` returns, of pairs whose names all differ."""
    kinds: dict[tuple[str, tuple[int, ...]], list[str]] = {}
    for name, kind in tensors:
        kinds.setdefault(kind, []).append(name)
    return tuple(
        TensorGroup(names=group, dtype=dtype, shape=shape)
        for (dtype, shape), names in kinds.items()
        for group in group_names(names)
    )


def group_names(names: Iterable[str]) -> tuple[NameGroup, ...]:
    """Group names by their pattern; `expand` gives them back, in the order of their numbers."""
    return tuple(
        NameGroup(pattern=pattern, members=_products(rows) if count else ())
        for (pattern, count), rows in _rows(tuple(names)).items()
    )


def expand(group: NameGroup) -> Iterator[str]:
    """Yield the names that a group stands for.

    Raises:
        ValueError: its members are not products of ranges, or stand for too many names.
    """
    if not group.members:
        yield group.pattern
        return
    template = group.pattern.replace("%", "%%").replace("*", "%d")
    for ranges in _members(group):
        yield from map(template.__mod__, itertools.product(*ranges))


def count_names(groups: Iterable[NameGroup]) -> int:
    """Count the names that groups stand for.

    Raises:
        ValueError: as `expand` does.
    """
    return sum(
        sum(math.prod(map(len, ranges)) for ranges in _members(group)) if group.members else 1 for group in groups
    )


def _members(group: NameGroup) -> Iterator[list[range]]:
    for member in group.members:
        ranges = [_range(text) for text in member.split(".")]
        if math.prod(map(len, ranges)) > MOST_NAMES or len(ranges) != group.pattern.count("*"):
            raise ValueError(f"{member!r} is no product of ranges for {group.pattern!r}")
        yield ranges


def merge(files: Iterable[SafetensorsFile]) -> Mapping[str, Tensor]:
    """The tensors of several files; of a name that several hold the last counts."""
    return _merged(tuple((file.name, file.groups) for file in files))


@lru_cache(maxsize=1)
def _merged(tables: tuple[tuple[str, tuple[TensorGroup, ...]], ...]) -> Mapping[str, Tensor]:
    # A dozen rules ask for the tensors of one model, which may be 150,000.
    found: dict[str, Tensor] = {}
    for name, groups in tables:
        found.update(_tensors(name, groups))
    return MappingProxyType(found)


def _tensors(file: str, groups: Iterable[TensorGroup]) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}
    for group in groups:
        found.update(dict.fromkeys(expand(group.names), Tensor(dtype=group.dtype, shape=group.shape, file=file)))
    return found


@lru_cache(maxsize=4)
def _table_of(same: Same[SafetensorsFile]) -> Mapping[str, Tensor]:
    # Thirty rules ask for the tensors of one adapter.
    return MappingProxyType(_tensors(same.value.name, same.value.groups))


def _rows(names: tuple[str, ...]) -> dict[tuple[str, int], list[tuple[int, ...]]]:
    """Map each pattern, with the count of its numbers, to the numbers of its names."""
    found: dict[tuple[str, int], list[tuple[int, ...]]] = {}
    shapes: dict[str, list[str]] = {}
    for shape, name in zip(_shapes(names), names, strict=True):
        shapes.setdefault(shape, []).append(name)
    if any("*" in shape or _DIGIT.search(_NUMBER.sub("", shape)) for shape in shapes):
        for name in names:
            pattern, numbers = _split(name)
            # A name may itself hold a star: the count of its numbers tells it from a pattern.
            found.setdefault((pattern, len(numbers)), []).append(numbers)
        return found
    # Names of one shape have their numbers in the same places: of an adapter on each expert 90,000 have a few.
    for shape, alike in shapes.items():
        places = [match.span() for match in _NUMBER.finditer(shape)]
        if len(places) <= MOST_NUMBERS:
            columns = ([int(name[start:end]) for name in alike] for start, end in places)
            found.setdefault((_NUMBER.sub("*", shape), len(places)), []).extend(zip(*columns, strict=True))
        else:
            found.update(((name, 0), []) for name in alike)
    return found


def _shapes(names: tuple[str, ...]) -> list[str]:
    """Put 1 for each digit of each name that is not 0."""
    shapes = "\n".join(names).translate(_ONES).split("\n")
    return shapes if len(shapes) == len(names) else [name.translate(_ONES) for name in names]


def _split(name: str) -> tuple[str, tuple[int, ...]]:
    """Put a ``*`` for each part between dots that is a number.

    A name with a ``*``, or with more numbers than any model's, stays as it is.
    """
    if "*" in name:
        return name, ()
    pieces = _NUMBER.split(name)
    count = len(pieces) // 2
    return ("*".join(pieces[::2]), tuple(map(int, pieces[1::2]))) if 0 < count <= MOST_NUMBERS else (name, ())


def _products(rows: Iterable[tuple[int, ...]]) -> tuple[str, ...]:
    """Write rows of numbers as products of ranges: the last number as ranges, equal ones joined."""
    ordered = list(rows)
    if not all(map(operator.lt, ordered, ordered[1:])):
        ordered = sorted(set(ordered))
    return tuple(".".join(item) for item in _factor(ordered))


def _factor(rows: list[tuple[int, ...]]) -> list[tuple[str, ...]]:
    if len(rows[0]) == 1:
        return [(text,) for text in _ranges([row[0] for row in rows])]
    tails: dict[tuple[tuple[str, ...], ...], list[int]] = {}
    for first, below in itertools.groupby(rows, key=lambda row: row[0]):
        tails.setdefault(tuple(_factor([row[1:] for row in below])), []).append(first)
    return [(text, *tail) for tail_rows, firsts in tails.items() for text in _ranges(firsts) for tail in tail_rows]


def _ranges(numbers: list[int]) -> list[str]:
    """Write ascending numbers as ranges: 0, 1, 2, 5 become ``0-2`` and ``5``."""
    if numbers[-1] - numbers[0] == len(numbers) - 1 > 0:
        return [f"{numbers[0]}-{numbers[-1]}"]
    found: list[list[int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return [str(first) if first == last else f"{first}-{last}" for first, last in found]


def _range(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)
