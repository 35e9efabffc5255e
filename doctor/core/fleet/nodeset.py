"""Names of nodes in the notation of clusters: ``node[1-3,7]``, as Slurm and ClusterShell write them."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Collection, Iterable, Iterator

LARGEST = 20_000
"""Names that one expression may stand for: ``node[1-999999999]`` is a slip; the largest clusters have 12,000 nodes."""

FEW = 3
"""Names that stand for a set that is too long to be written."""

_NUMBERED = re.compile(r"(?P<head>.*?)(?P<number>\d+)(?P<tail>\D*)", re.DOTALL)
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")
_RANGE = re.compile(r"([0-9]{1,18})(?:-([0-9]{1,18}))?")
_MOST_BRACKETS = 8


def fold(names: Iterable[str]) -> str:
    """Write names in one line: what differs in its last number only is folded, padding kept apart.

    >>> fold(["node1", "node2", "node3", "node7", "head"])
    'head, node[1-3,7]'
    """
    numbered: dict[tuple[str, str], list[str]] = {}
    plain: list[str] = []
    for name in dict.fromkeys(names):
        match = _NUMBERED.fullmatch(name)
        if match is None:
            plain.append(name)
        else:
            numbered.setdefault((match["head"], match["tail"]), []).append(match["number"])
    folded = [text for (head, tail), digits in numbered.items() for text in _fold_alike(head, tail, digits)]
    return ", ".join(sorted([*plain, *folded]))


def brief(names: Collection[str], width: int) -> str:
    """Write names in one line of about `width` characters; where there are too many, the first and how many more."""
    whole = fold(names)
    if len(whole) <= width:
        return whole
    first = fold(sorted(names)[:FEW])
    return f"{first} and {len(set(names)) - FEW} more" if len(set(names)) > FEW else whole


def _fold_alike(head: str, tail: str, digits: list[str]) -> Iterator[str]:
    """Where one number is padded with zeros, those of its length are its fellows: ``n[08-10]``."""
    padded = {len(item) for item in digits if item.startswith("0") and len(item) > 1}
    for width in (0, *sorted(padded)):
        numbers = sorted(int(item) for item in digits if (len(item) if len(item) in padded else 0) == width)
        if numbers:
            yield _fold(head, tail, width, numbers)


def _fold(head: str, tail: str, width: int, numbers: list[int]) -> str:
    if len(numbers) == 1:
        return f"{head}{numbers[0]:0{width}}{tail}"
    return f"{head}[{','.join(_ranges(numbers, width))}]{tail}"


def _ranges(numbers: list[int], width: int) -> Iterator[str]:
    first = last = numbers[0]
    for number in [*numbers[1:], -1]:
        if number == last + 1:
            last = number
            continue
        yield f"{first:0{width}}" if first == last else f"{first:0{width}}-{last:0{width}}"
        first = last = number


def unfold(text: str) -> list[str]:
    """The names that an expression stands for: ``node[01-03],head`` gives node01, node02, node03, head.

    Raises:
        ValueError: a bracket is not closed or holds no range, or it stands for more than `LARGEST` names.
    """
    names: list[str] = []
    for part in re.findall(r"(?:[^,\[\]\s]|\[[^\]]*\]?|\])+", text):
        places = _places(part)
        if len(names) + math.prod(map(len, places)) > LARGEST:
            raise ValueError(f"{text[:60]!r} stands for more than {LARGEST} nodes")
        names += map("".join, itertools.product(*places))
    return names


def _places(part: str) -> list[list[str]]:
    """What may stand at each place of a name: one text outside of brackets, the numbers of each bracket."""
    pieces = _BRACKETS.split(part)
    if part.count("[") > _MOST_BRACKETS:
        raise ValueError(f"{part[:60]!r} has more than {_MOST_BRACKETS} brackets")
    if any("[" in piece or "]" in piece for piece in pieces[::2]):
        raise ValueError(f"{part[:60]!r} has a bracket without its other one")
    return [_numbers(piece, part) if place % 2 else [piece] for place, piece in enumerate(pieces)]


def _numbers(bracket: str, part: str) -> list[str]:
    found: list[str] = []
    for item in bracket.split(","):
        span = _RANGE.fullmatch(item.strip())
        numbers = range(int(span[1]), int(span[2] or span[1]) + 1) if span else ()
        if not span or not numbers:
            raise ValueError(f"{item[:60]!r} in {part[:60]!r} is no number and no range such as 1-8")
        if len(found) + len(numbers) > LARGEST:
            raise ValueError(f"{part[:60]!r} stands for more than {LARGEST} nodes")
        width = len(span[1]) if span[1].startswith("0") else 0
        found += [f"{number:0{width}}" for number in numbers]
    return found


class Names:
    """Names of nodes, in which one is found with its domain where they have it without, and the other way round."""

    def __init__(self, names: Iterable[str]) -> None:
        self._by_short: dict[str, set[str]] = {}
        for name in names:
            self._by_short.setdefault(_short(name), set()).add(name)

    def __contains__(self, name: str) -> bool:
        alike = self._by_short.get(_short(name), set())
        return name in alike or any(("." in other) != ("." in name) for other in alike)


def _short(name: str) -> str:
    head, _, rest = name.partition(".")
    return name if head.isdecimal() and rest else head  # an address has no domain
