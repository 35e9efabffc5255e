"""What a text or a list leaves out, in one place: there is much of it, and none of it is a finding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from doctor.formats.page import Page

FEW = 2
"""Things of one kind that are named before they are counted."""


def write_unstated(page: Page, unstated: Mapping[str, Sequence[str]]) -> None:
    """Write what nobody stated and the rules that needed it; the keys are names of facts or of parts of them."""
    codes = dict.fromkeys(code for found in unstated.values() for code in found)
    page.line(("Not stated, so not judged", "bold"))
    page.line(("? ", "bold magenta"), ", ".join(_gather(unstated)), indent=2, hang=2)
    page.line((f"{len(codes)} rules need it: {' '.join(sorted(codes))}", "dim"), indent=4)
    page.line(
        ("`doctor check` in the environment itself reads all of this; `doctor snapshot` takes it elsewhere.", "dim"),
        indent=4,
    )
    page.blank()


def _gather(names: Iterable[str]) -> list[str]:
    """Join what is of one kind: ``requirements of numpy and 11 more``."""
    kinds: dict[str, list[str]] = {}
    for name in names:
        # The names of facts are those of JSON; the names of variables stay as they are.
        words = name.replace("_", " ") if name.islower() else name
        kind, of, thing = words.partition(" of ")
        kinds.setdefault(kind, []).append(thing if of else "")
    return [_phrase(kind, [thing for thing in things if thing]) for kind, things in sorted(kinds.items())]


def _phrase(kind: str, things: list[str]) -> str:
    if not things:
        return kind
    if len(things) <= FEW:
        return f"{kind} of {' and '.join(things)}"
    return f"{kind} of {things[0]} and {len(things) - 1} more"
