"""What was tried, kept beside the code: a line of JSON for each source, so that nobody tries it again.

The results of a run are in a build folder, and gone with it. A line counts as long as the code of its source is what
was tried; where tests have changed since, the page says so.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from scripts.mutating.equivalent import explained_in
from scripts.mutating.mapping import ROOT
from scripts.mutating.operators import identity, numbered
from scripts.mutating.results import Results
from scripts.mutating.state import state_of_code, state_of_tests

KEPT = Path(__file__).parent / "tried.jsonl"


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of the mutants of a source.

    `code` and `tests` are the states that were tried; `killed` is how many were noticed. `survived` and `unreached`
    are the others: those that no test notices, and those whose line no test runs.
    """

    source: str
    code: str
    tests: str
    day: str
    killed: int
    survived: tuple[str, ...] = ()
    unreached: tuple[str, ...] = ()

    @property
    def left(self) -> tuple[str, ...]:
        """All that were not noticed."""
        return (*self.survived, *self.unreached)

    @property
    def unexplained(self) -> tuple[str, ...]:
        """Those that a test should notice."""
        known = explained_in(self.source)
        return tuple(mutant for mutant in self.left if mutant not in known)

    def place(self, mutant: str) -> str:
        """The source, and the line of a mutant as the source is now."""
        return f"{self.source}:{_lines(self.source).get(mutant, 0)}"

    @property
    def counts(self) -> bool:
        """Whether the code is still what was tried."""
        return (ROOT / self.source).is_file() and state_of_code(self.source) == self.code

    @property
    def is_current(self) -> bool:
        """Whether the tests are, too."""
        return self.counts and state_of_tests(self.source) == self.tests


@cache
def _lines(source: str) -> Mapping[str, int]:
    text = (ROOT / source).read_text(encoding="utf-8")
    return {identity(mutant, number): mutant.first for mutant, number in numbered(text)}


def of_results(results: Results, before: Tried | None = None) -> Tried:
    """What is kept of a whole run, or, after an earlier one, of a run of what that left."""
    of = {mutant: entry["result"] for mutant, entry in results.of.items()}
    return Tried(
        source=results.source,
        code=results.code,
        tests=before.tests if before else results.tests,
        day=datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        killed=results.killed + (before.killed if before else 0),
        survived=tuple(mutant for mutant, result in of.items() if result == "survived"),
        unreached=tuple(mutant for mutant, result in of.items() if result == "not reached"),
    )


def read_tried(path: Path = KEPT) -> dict[str, Tried]:
    """What is kept, by source."""
    found: dict[str, Tried] = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        entry = json.loads(line)
        for name in ("survived", "unreached"):
            entry[name] = tuple(entry.get(name, ()))
        found[entry["source"]] = Tried(**entry)
    return found


def keep(items: Iterable[Tried], path: Path = KEPT) -> Mapping[str, Tried]:
    """Add to what is kept; what is there of a source that is gone is dropped."""
    found = {**read_tried(path), **{item.source: item for item in items}}
    found = {source: item for source, item in sorted(found.items()) if (ROOT / source).is_file()}
    lines = (
        json.dumps({name: value for name, value in asdict(item).items() if value != ()}) for item in found.values()
    )
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return found
