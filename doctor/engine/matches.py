"""Finding the breakages whose words stand in an error text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from doctor.core.breakage import Breakage
from doctor.core.diagnosis import TextLine
from doctor.core.matrix import Matrix
from doctor.core.report import Cause
from doctor.engine.calls import failed_calls
from doctor.engine.imports import failed_imports, failed_options
from doctor.engine.symptom import Symptom
from doctor.matrix.literals import haystack_of
from doctor.matrix.pattern import without_blanks

_COPIED = 1 << 19
"""Characters that a terminal may have broken within words, without what repeats: 10,000 lines have about as many."""

_AGES = (Cause.TRANSFORMERS_TOO_NEW, Cause.TRANSFORMERS_TOO_OLD)


@dataclass(frozen=True, slots=True)
class Match:
    """A breakage whose words stand in the text, where they do so first, and how many characters they are."""

    row: Breakage
    offset: int
    length: int
    line: TextLine
    told: bool = False
    """Whether the releases themselves tell it, and not words that were seen before."""

    @property
    def guesses(self) -> bool:
        """Whether it goes by the words alone, and tells of which age a package is: the releases know better."""
        row = self.row
        return not (row.when or row.pairs or row.rules) and (row.general or row.cause in _AGES)

    def settles(self, other: Match) -> bool:
        """Whether this, which the releases tell, takes the place of a guess about the same words.

        That transformers asks another package for what it does not have, its releases do not deny.
        """
        if not (other.guesses and other.offset == self.offset):
            return False
        packages = {name for circumstance in self.row.when for name in circumstance.packages}
        return other.row.cause not in _AGES or not packages or "transformers" in packages


def matches(symptom: Symptom, matrix: Matrix) -> list[Match]:
    """The breakages whose words stand in the text.

    Where there are none lines may have been broken within words: then blanks count for nothing. General
    words are left out there, for without blanks they stand in the middle of others. So is a text that is longer
    than anything that was copied from a terminal.
    """
    found = [*_imports(symptom, matrix), *_search(symptom, matrix.breakages, lambda pattern: pattern)]
    if found or len(symptom.text) > _COPIED:
        return found
    telling = [row for row in matrix.breakages if not row.general]
    return list(_search(symptom.squeezed(), telling, without_blanks))


def _search(symptom: Symptom, rows: Iterable[Breakage], adapt: Callable[[str], str]) -> Iterator[Match]:
    haystack = haystack_of(symptom.text)
    for row in rows:
        places = (haystack.first(adapt(pattern)) for pattern in row.symptoms)
        # Of two that begin at one place the longer says more.
        first = min((place for place in places if place), key=lambda place: (place[0], -place[1]), default=None)
        if first:
            start, end = first
            yield Match(row, start, end - start, symptom.line_at(start))


def _imports(symptom: Symptom, matrix: Matrix) -> Iterator[Match]:
    for reader in (failed_imports, failed_options, failed_calls):
        for row, start, end in reader(symptom.text, matrix):
            yield Match(row, start, end - start, symptom.line_at(start), told=True)
