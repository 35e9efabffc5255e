"""``doctor fix``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from doctor.cli.examine import Examined
from doctor.cli.options import debug_option, matrix_option, split
from doctor.cli.output import write
from doctor.cli.subject import Subject, python_option, snapshot_option, takes_subject
from doctor.core.distribution import DISTRIBUTIONS, SHARED_FILES, Distribution, SharedFile
from doctor.core.errors import TargetError
from doctor.core.fact import Known, value_or
from doctor.core.interpreter import INTERPRETER, PLATFORM, Interpreter
from doctor.core.matrix import KnownGoodSet, Matrix
from doctor.core.report import Report, Severity
from doctor.core.snapshot import Snapshot

if TYPE_CHECKING:
    # At run time it is imported while the probes work.
    from doctor.cli.criteria import Criteria
    from doctor.remedy.lock import Lock
    from doctor.remedy.plan import Plan


@click.command(short_help="Plan what mends an environment, and lock it.")
@takes_subject(python_option, snapshot_option)
@click.option("--set", "set_name", metavar="NAME", default="", help="Go to this known-good set.")
@click.option("--vllm", metavar="VERSION", default="", help="Go to a known-good set of this version of vLLM.")
@click.option("--keep", metavar="NAMES", multiple=True, help="Distributions that stay in their version.")
@click.option(
    "--lockfile",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write every package that is to be installed to FILE, pinned and with hashes (needs uv).",
)
@matrix_option
@click.option("-q", "--quiet", is_flag=True, help="Say nothing of what is being done.")
@debug_option
def fix(
    subject: Subject,
    set_name: str,
    vllm: str,
    keep: tuple[str, ...],
    lockfile: Path | None,
    matrices: tuple[Path, ...],
    quiet: bool,
) -> int:
    """Plan what mends an environment, with the fewest and smallest changes.

    Examines it as `doctor check` does and prints what has to change and why. The environment is
    not changed: --lockfile writes a file to install from, and prints the command. Exit codes: 0
    nothing to mend, 1 something to mend, 2 usage or no plan is possible, 3 nothing to mend but
    something could not be judged, 4 an error of doctor itself.
    """
    from doctor.remedy.plan import Wishes
    from doctor.remedy.planner import plan_mend
    from doctor.remedy.text import intended_moves, render_plan

    if str(lockfile) == "-":
        raise click.UsageError("--lockfile needs the name of a file: standard output takes the plan")
    examined, report, matrix = _judged(subject, matrices, quiet)
    wishes = Wishes(set_name=set_name, vllm=vllm, keep=split(keep))
    plan = plan_mend(report, examined.snapshot, matrix, wishes)
    moves = intended_moves(plan, _distributions(examined.snapshot))
    install: list[str] = []
    if lockfile is not None:
        lock = _lock(plan, examined.snapshot, subject.live, quiet)
        moves = lock.moves
        target = _target(examined.snapshot) if subject.live else "PYTHON"
        write(lock.text(lockfile, target), lockfile)
        install = ["", "Install it with", *(f"  {line}" for line in lock.commands(lockfile, target)), "or with pip"]
        install += [f"  {line}" for line in lock.commands_of_pip(lockfile, target)]
    write(render_plan(plan, moves) + "".join(f"{line}\n" for line in install), None)
    if moves or plan.leftovers or plan.steps:
        return 1
    return report.exit_code(Severity.WARNING)


def _distributions(snapshot: Snapshot) -> tuple[Distribution, ...]:
    found: tuple[Distribution, ...] = value_or(snapshot.get(DISTRIBUTIONS), ())
    return found


def _target(snapshot: Snapshot) -> str:
    interpreter = snapshot.get(INTERPRETER)
    assert isinstance(interpreter, Known)  # or there was no plan
    executable: str = interpreter.value.executable
    return executable


def _lock(plan: Plan, snapshot: Snapshot, live: bool, quiet: bool) -> Lock:
    from doctor.remedy.lock import lock_of
    from doctor.remedy.request import request_of
    from doctor.remedy.resolve import resolve

    def tell(line: str) -> None:
        if not quiet:
            click.echo(f"fix: {line}", err=True)

    interpreter, platform = snapshot.get(INTERPRETER), snapshot.get(PLATFORM)
    assert isinstance(interpreter, Known)  # or there was no plan
    elsewhere = platform.value if isinstance(platform, Known) and not live else None
    if not live and elsewhere is None:
        raise TargetError("the snapshot does not state its platform, which a lock file is for")
    distributions = _distributions(snapshot)
    closure = _proven(plan.chosen, interpreter.value) if plan.chosen else {}
    request = request_of(plan, distributions, interpreter.value, closure)
    resolution = resolve(request, environ=os.environ, progress=tell, platform=elsewhere)
    shared: tuple[SharedFile, ...] = value_or(snapshot.get(SHARED_FILES), ())
    return lock_of(plan, request, resolution, distributions, shared)


def _proven(chosen: KnownGoodSet, interpreter: Interpreter) -> dict[str, str]:
    """The versions of the lock file that the set ships with for this interpreter; none where it has no such."""
    from doctor.matrix.locks import lock_for, shipped_lock
    from doctor.remedy.resolve import parse

    name = lock_for(chosen, interpreter.version, interpreter.markers.get("platform_machine", ""))
    return {item.name: item.version for item in parse(shipped_lock(name).decode())} if name else {}


def _judged(subject: Subject, matrices: tuple[Path, ...], quiet: bool) -> tuple[Examined, Report, Matrix]:
    from doctor.cli.criteria import load_criteria

    def load() -> Criteria:
        return load_criteria((), (), matrices)

    examined, criteria = subject.read(load, quiet=quiet)
    return examined, criteria.judge(examined.snapshot), criteria.matrix
