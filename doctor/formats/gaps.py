"""What could not be judged, each reason once, and what a text or a list leaves out, in few words, for it is much."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field

from doctor.core.fleet.nodeset import fold
from doctor.core.frozen import frozen
from doctor.core.report import Report
from doctor.core.rule import unstated_in

FEW = 2
"""Things of one kind that are named before they are counted."""

UNSTATED = "Not stated, so not judged"
"""The heading of what a text or a list leaves out."""

_VARIABLE = "variable "

ELSEWHERE = "`doctor check` in the environment itself reads all of this; `doctor snapshot` takes it elsewhere."


@frozen
class Gaps:
    """The codes of the rules by what they could not judge, and by what they needed that nobody stated."""

    reasons: dict[str, list[str]] = field(default_factory=dict)
    unstated: dict[str, list[str]] = field(default_factory=dict)

    @property
    def unstated_codes(self) -> list[str]:
        """The rules that needed something that nobody stated."""
        return sorted({code for codes in self.unstated.values() for code in codes})

    @property
    def unstated_words(self) -> str:
        """What nobody stated, in few words: ``limits, requirements of numpy and 11 more``."""
        return ", ".join(_gather(self.unstated))

    @property
    def needed_by(self) -> str:
        """The rules that needed it, in words: ``4 rules need it: GPU[001-003], SYS008``."""
        codes = self.unstated_codes
        return f"{len(codes)} {'rule needs' if len(codes) == 1 else 'rules need'} it: {fold(codes)}"


def gaps_of(report: Report, *, apart: bool = True) -> Gaps:
    """Gather the gaps of a report; `apart` puts what nobody stated apart from the other reasons."""
    gaps = Gaps()
    for outcome in report.outcomes:
        for reason in outcome.reasons if outcome.undetermined else ():
            what = unstated_in(reason) if apart else ""
            (gaps.unstated if what else gaps.reasons).setdefault(what or reason, []).append(outcome.code)
    return gaps


def _gather(names: Iterable[str]) -> list[str]:
    """Join what is of one kind: ``requirements of numpy and 11 more``."""
    kinds: dict[str, list[str]] = {}
    for name in names:
        # The names of facts are those of JSON; the names of variables stay as they are.
        words = name.replace("_", " ") if name.islower() else name
        kind, space, thing = words.partition(_VARIABLE if words.startswith(_VARIABLE) else " of ")
        kinds.setdefault(f"{kind}{space}".rstrip(), []).append(thing)
    return [_phrase(kind, things) for kind, things in sorted(kinds.items())]


def _phrase(kind: str, things: list[str]) -> str:
    if not things[0]:
        return kind
    kind = "variables" if kind == _VARIABLE.rstrip() and len(things) > 1 else kind
    if len(things) <= FEW:
        return f"{kind} {' and '.join(things)}"
    return f"{kind} {things[0]} and {len(things) - 1} more"
