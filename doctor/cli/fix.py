"""``doctor fix``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from doctor.cli.examine import Examined, examine, read
from doctor.cli.options import debug_option, matrix_option, python_option, split
from doctor.cli.output import write
from doctor.core.distribution import DISTRIBUTIONS, Distribution
from doctor.core.fact import value_or
from doctor.core.matrix import Matrix
from doctor.core.report import Report, Severity

if TYPE_CHECKING:
    # At run time it is imported while the probes work.
    from doctor.cli.criteria import Criteria


@click.command(short_help="Plan what mends an environment.")
@python_option
@click.option("--snapshot", "snapshot_file", metavar="FILE", help="Mend what the facts in FILE show; - is stdin.")
@click.option("--set", "set_name", metavar="NAME", default="", help="Go to this known-good set.")
@click.option("--vllm", metavar="VERSION", default="", help="Go to a known-good set of this version of vLLM.")
@click.option("--keep", metavar="NAMES", multiple=True, help="Distributions that stay in their version.")
@matrix_option
@click.option("-q", "--quiet", is_flag=True, help="Say nothing of what is being done.")
@debug_option
def fix(
    python: str | None,
    snapshot_file: str | None,
    set_name: str,
    vllm: str,
    keep: tuple[str, ...],
    matrices: tuple[Path, ...],
    quiet: bool,
) -> int:
    """Plan what mends an environment, with the fewest and smallest changes.

    Examines it as `doctor check` does and prints what has to change and why. Nothing is changed.
    Exit codes: 0 nothing to mend, 1 something to mend, 2 usage or nothing that could be planned
    with, 3 nothing to mend but something could not be judged, 4 an error of doctor itself.
    """
    from doctor.remedy.plan import Wishes
    from doctor.remedy.planner import plan_mend
    from doctor.remedy.text import intended_moves, render_plan

    if snapshot_file is not None and python is not None:
        raise click.UsageError("--snapshot and --python exclude each other")
    examined, report, matrix = _judged(python, snapshot_file, matrices, quiet)
    wishes = Wishes(set_name=set_name, vllm=vllm, keep=split(keep))
    plan = plan_mend(report, examined.snapshot, matrix, wishes)
    distributions: tuple[Distribution, ...] = value_or(examined.snapshot.get(DISTRIBUTIONS), ())
    moves = intended_moves(plan, distributions)
    write(render_plan(plan, moves), None)
    if moves or plan.leftovers or plan.steps:
        return 1
    return report.exit_code(Severity.WARNING)


def _judged(
    python: str | None, snapshot_file: str | None, matrices: tuple[Path, ...], quiet: bool
) -> tuple[Examined, Report, Matrix]:
    from doctor.cli.criteria import load_criteria

    def load() -> Criteria:
        return load_criteria((), (), matrices)

    if snapshot_file is not None:
        examined, criteria = read(snapshot_file), load()
    else:
        examined, criteria = examine(python, deep=False, end_to_end=False, wanted=None, meanwhile=load, quiet=quiet)
    return examined, criteria.judge(examined.snapshot), criteria.matrix
