"""The memory of a GPU as a bar: its pieces with letters, patterns and places."""

from __future__ import annotations

import string

from doctor.core.frozen import frozen
from doctor.core.serving import ServingPlan
from doctor.core.size import say_bytes

LETTERED, NAMED = 4, 15
"""Per cent of the bar from which a piece has room for its letter on a phone, and for its name on a wide screen."""

MOST_BARS = 8
"""GPUs that get a bar of their own; they are planned alike."""


@frozen
class Piece:
    """One segment in the bar: where it begins and how long it is, in per cent."""

    letter: str
    name: str
    size: int
    exact: bool
    detail: str
    start: float
    length: float

    @property
    def kind(self) -> str:
        """The name as a class of the style sheet: ``kv-cache``."""
        return self.name.lower().replace(" ", "-")

    @property
    def lettered(self) -> bool:
        """Whether its letter stands in it."""
        return self.length >= LETTERED

    @property
    def named(self) -> bool:
        """Whether its name stands in it, too, where the screen is wide."""
        return self.length >= NAMED


@frozen
class Bar:
    """The pieces of one GPU, the titles of the GPUs that are drawn, and all of it in words."""

    pieces: tuple[Piece, ...]
    titles: tuple[str, ...]
    words: str


def bar_of(plan: ServingPlan) -> Bar:
    """Draw a plan. Segments that are larger than the GPU together are cut at its end."""
    pieces, reached = [], 0
    for letter, item in zip(string.ascii_uppercase, plan.segments, strict=False):
        start, end = (min(100.0, 100 * edge / plan.memory) for edge in (reached, reached + item.size))
        reached += item.size
        pieces.append(
            Piece(
                letter=letter,
                name=item.name,
                size=item.size,
                exact=item.exact,
                detail=item.detail,
                start=round(start, 3),
                length=round(end - start, 3),
            )
        )
    said = ", ".join(f"{'' if item.exact else 'about '}{say_bytes(item.size)} {item.name}" for item in pieces)
    return Bar(pieces=tuple(pieces), titles=_titles(plan), words=f"{said}, of {say_bytes(plan.memory)}")


def _titles(plan: ServingPlan) -> tuple[str, ...]:
    name = f"{plan.gpu}, {say_bytes(plan.memory)}".removeprefix(", ")
    if plan.gpus > MOST_BARS:
        return (f"Each of {plan.gpus} GPUs: {name}",)
    return tuple(f"GPU {number}: {name}" for number in range(plan.gpus)) if plan.gpus > 1 else (f"One GPU: {name}",)
