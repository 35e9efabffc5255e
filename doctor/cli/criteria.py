"""What a snapshot is judged by: the selected rules and the matrix."""

from __future__ import annotations

from pathlib import Path

from doctor.cli.known import load_known
from doctor.core.errors import SelectionError
from doctor.core.fact import Known, SourceKind
from doctor.core.frozen import frozen
from doctor.core.matrix import Matrix
from doctor.core.reading import READING
from doctor.core.report import Report
from doctor.core.rule import Rule
from doctor.core.snapshot import Snapshot
from doctor.engine.ahead import Ahead
from doctor.engine.catalogue import select
from doctor.engine.judge import judge


@frozen
class Criteria:
    """The selected rules, the codes of the others, the matrix, and what was judged ahead."""

    rules: tuple[Rule, ...]
    not_selected: tuple[str, ...]
    matrix: Matrix
    ahead: Ahead

    def reads(self) -> frozenset[str]:
        """The names of the facts that the rules read."""
        return frozenset(key.name for rule in self.rules for key in rule.reads)

    def judge(self, snapshot: Snapshot) -> Report:
        """Judge a snapshot by them; the remedies are commands, from which a mend is planned."""
        return judge(snapshot, self.matrix, self.rules, self.not_selected, self.ahead.outcome)

    def report_on(self, snapshot: Snapshot) -> Report:
        """Judge a snapshot for a reader: where it is that of a list, the remedies name the lines to change."""
        report = self.judge(snapshot)
        reading = snapshot.get(READING)
        if not isinstance(reading, Known) or reading.source.kind is not SourceKind.LOCK:
            return report
        # Late: only a list has lines to change in place of an environment.
        from doctor.remedy.listed import for_list

        return for_list(report, snapshot, reading.value.form)


def load_criteria(selected: tuple[str, ...], ignored: tuple[str, ...], matrices: tuple[Path, ...]) -> Criteria:
    """Load the rules that the selectors name, and the shipped matrix with the user's files.

    Raises:
        SelectionError: a selector matches no rule, or none is left; or there is one that is empty,
            as that of a variable which is not set: it must not come to mean every rule.
        MatrixError: a file cannot be read or breaks the schema.
    """
    if selected and not split(selected):
        raise SelectionError("--select names no rule", hint="leave it out for all; `doctor explain --list` shows them")
    rules, not_selected = select(split(selected), split(ignored))
    matrix = load_known(matrices)
    return Criteria(rules=rules, not_selected=not_selected, matrix=matrix, ahead=Ahead(rules, matrix))


def split(selectors: tuple[str, ...]) -> tuple[str, ...]:
    """Split selectors that were given with commas or by repeating the option."""
    return tuple(item.strip() for text in selectors for item in text.split(",") if item.strip())
