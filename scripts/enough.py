"""Whether an environment states what a rule of some cause needs, decided by what the rules read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from doctor.core.breakage import ABSENT, Breakage, Circumstance
from doctor.core.fact import Fact, Known
from doctor.core.machine.gpu import DRIVER, GPUS
from doctor.core.machine.system import VARIABLES
from doctor.core.matrix import Matrix
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Outcome, Problem, Report, Severity, Verdict
from doctor.core.rule import unstated_in
from doctor.core.snapshot import Snapshot

# Rules that read rows of the matrix or requirements, each with a cause of its own: of them the rows count.
_BY_ROWS = ("PKG001", "PIN001", "PIN006", "PIN007", "PIN009")


def is_enough(kind: str, snapshot: Snapshot, matrix: Matrix, report: Report) -> bool:
    """Whether any rule or row of the cause `kind` has all that it needs in this snapshot.

    A rule has when it read nothing that is not known and applied to something; a row has when
    every package, device and variable of its conditions is stated, in whatever version.
    """
    if any(
        outcome.cause_of(problem).value == kind for outcome, problem in report.problems() if _tells(outcome, problem)
    ):
        return True  # what has named it had what it needs
    if kind == Cause.OTHER.value:
        return False  # it has nothing in common: one rule or row of it says nothing of another fault
    outcomes = (item for item in report.outcomes if item.cause.value == kind and item.code not in _BY_ROWS)
    if any(_could_judge(item) for item in outcomes):
        return True
    return any(_is_stated(row, snapshot) for row in _circumstances(kind, matrix))


def _could_judge(outcome: Outcome) -> bool:
    # What is only worth knowing (another toolkit) does harm with something that nothing states (a build).
    harmless = outcome.problems and not any(_tells(outcome, problem) for problem in outcome.problems)
    if outcome.verdict is Verdict.NOT_APPLICABLE or harmless:
        return False
    silent = any(unstated_in(reason) for reason in outcome.reasons)
    return not silent and not any(item.state.startswith("unknown") for item in outcome.evidence)


def _tells(outcome: Outcome, problem: Problem) -> bool:
    return outcome.severity_of(problem) > Severity.INFO


def _circumstances(kind: str, matrix: Matrix) -> Iterator[Circumstance]:
    for pair in matrix.pairs:
        if pair.cause.value == kind:
            yield Circumstance(packages={pair.package: "", pair.partner: ""})
    rows: tuple[Breakage, ...] = matrix.breakages
    for row in rows:
        if row.cause.value == kind and row.predictable:
            yield from row.when


def _is_stated(circumstance: Circumstance, snapshot: Snapshot) -> bool:
    fact = snapshot.get(DISTRIBUTIONS)
    stated = {item.name for item in fact.value} if isinstance(fact, Known) else set()
    wanted = {name for name, versions in circumstance.packages.items() if versions != ABSENT}
    needs: list[tuple[bool, Fact[Any]]] = [
        (bool(circumstance.capability or circumstance.gpus), snapshot.get(GPUS)),
        (bool(circumstance.driver or circumstance.driver_cuda), snapshot.get(DRIVER)),
        (bool(circumstance.variables), snapshot.get(VARIABLES)),
    ]
    return wanted <= stated and all(isinstance(fact, Known) for needed, fact in needs if needed)
