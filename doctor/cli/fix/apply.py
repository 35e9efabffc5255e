"""Changing an environment: ``doctor fix --apply`` and ``doctor fix --resume``."""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from doctor.cli.environment import choose
from doctor.cli.output import show
from doctor.core.fact import value_or
from doctor.core.interpreter import Interpreter
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.report import Report, Severity
from doctor.core.snapshot import Snapshot
from doctor.installer.pip_settings import pip_settings
from doctor.installer.uv import clean_environ
from doctor.probes.interpreter import ask_interpreter
from doctor.remedy.apply.changes import Changes, list_installed
from doctor.remedy.apply.refusal import require_changeable
from doctor.remedy.apply.run_folder import Phase, RefusedError, RunFolder, State, base_of
from doctor.remedy.apply.saved import outermost
from doctor.remedy.apply.transaction import Transaction, resume
from doctor.remedy.apply.uv_process import Uv
from doctor.remedy.resolve import require_uv

Say = Callable[[str], None]
Examine = Callable[[], tuple[Snapshot, Report]]

_HOW_FAR = {
    Phase.APPLYING: "while it was changing packages",
    Phase.APPLIED: "before the new environment was checked",
    Phase.FINISHED: "while it was tidying up",
}


@contextlib.contextmanager
def changing(python: str | None, examine: Examine, *, yes: bool, say: Say) -> Iterator[RunFolder]:
    """Hold the environment that `--python` names for the changes of one run.

    Raises:
        RefusedError: it is not one to change, another run is at work, or one was interrupted and
            the user wants it left as it is.
    """
    if not yes and not sys.stdin.isatty():
        raise click.UsageError("--apply asks before it changes anything, and there is no terminal: --yes agrees")
    interpreter = _interpreter(python)
    require_changeable(interpreter)
    folder = RunFolder(base_of(interpreter))
    with folder.hold():
        state = folder.state()
        if state is not None:
            _end_interrupted(folder, state, examine, yes=yes, say=say)
        yield folder


def _end_interrupted(folder: RunFolder, state: State, examine: Examine, *, yes: bool, say: Say) -> None:
    say(f"a run of {state.started} on this environment was interrupted {_HOW_FAR[state.phase]}")
    if not yes and not click.confirm("End that one first, as `doctor fix --resume` does?", default=True, err=True):
        raise RefusedError(
            "the environment may be half changed, and was left so", hint="`doctor fix --resume` mends that"
        )
    resume(folder, state, lambda: examine()[1], say)


def resume_run(python: str | None, examine: Examine, say: Say) -> int:
    """End a run that was interrupted; return the exit code.

    Raises:
        RefusedError: the run is still at work, or the environment is not one to change.
        ApplyError: something cannot be put back.
    """
    interpreter = _interpreter(python)
    folder = RunFolder(base_of(interpreter))
    if not folder.path.exists():
        show("No run of `doctor fix --apply` on this environment was interrupted.\n")
        return 0
    require_changeable(interpreter)
    with folder.hold():
        state = folder.state()
        if state is None:
            folder.discard()
            show("No change to this environment was interrupted: it is as it was.\n")
            return 0
        say(f"the run of {state.started} was interrupted {_HOW_FAR[state.phase]}")
        report = resume(folder, state, lambda: examine()[1], say)
    if report is None:
        show("The environment is as it was before that run; `doctor fix --apply` starts anew.\n")
        return 1
    show(_left(report, "That run has ended."))
    return report.exit_code(Severity.WARNING)


def apply_changes(
    folder: RunFolder,
    changes: Changes,
    snapshot: Snapshot,
    report: Report,
    interpreter: Interpreter,
    examine: Examine,
    *,
    uv: str,
    yes: bool,
    say: Say,
) -> int:
    """Apply changes that were shown, after asking; return the exit code.

    Raises:
        ApplyError: it could not be done; the environment is as it was.
    """
    target = folder.base
    if not yes and not click.confirm(f"Change {target}?", default=False, err=True):
        show("\nNothing was changed.\n")
        return 1
    environ = clean_environ(os.environ)
    installed: tuple[Distribution, ...] = value_or(snapshot.get(DISTRIBUTIONS), ())
    transaction = Transaction(
        folder=folder,
        interpreter=interpreter,
        changes=changes,
        settings=pip_settings(os.environ),
        uv=Uv(path=require_uv(environ, uv), environ=environ, log=folder.log, lock=folder.descriptor, progress=say),
        before=report,
        listing=list_installed(installed, interpreter),
        examine=lambda: examine()[1],
    )
    after = transaction.run()
    number = len(changes.words) + len(changes.leftovers)
    what = f"\nApplied {number} change{'' if number == 1 else 's'} to {target}."
    show(f"{_left(after, what)}What was installed before is listed in {folder.before}.\n")
    return after.exit_code(Severity.WARNING)


def describe(changes: Changes, interpreter: Interpreter) -> str:
    """What a dry run would have done, step by step."""
    python = interpreter.executable
    steps = [f"keep {folder} by hard links" for folder in outermost(map(Path, interpreter.site_packages))]
    steps += [f"delete {path}" for path in changes.leftovers]
    if changes.removed:
        steps.append(shlex.join(("uv", "pip", "uninstall", "--python", python, *changes.removed)))
    if changes.installed:
        named = (f"{item.name}=={item.version}" if item.version else item.name for item in changes.installed)
        steps.append(shlex.join(("uv", "pip", "install", "--python", python, "--no-deps", "--reinstall", *named)))
    return "".join(
        f"{line}\n" for line in ("", "Dry run: nothing was changed. --apply would", *(f"  {s}" for s in steps))
    )


def _left(report: Report, what: str) -> str:
    pairs = [pair for pair in report.problems() if pair[0].severity_of(pair[1]) >= Severity.WARNING]
    lines = [
        f"  {outcome.severity_of(item).label} {outcome.code} {item.subject}: {item.message}" for outcome, item in pairs
    ]
    if lines:
        return "\n".join([f"{what} What is left, as `doctor check` tells in full:", *lines]) + "\n"
    if report.exit_code(Severity.WARNING):
        return f"{what} No problem is left; something could not be judged, which `doctor check` tells.\n"
    return f"{what} `doctor check` finds it healthy.\n"


def _interpreter(python: str | None) -> Interpreter:
    return ask_interpreter(choose(python, os.environ).python, os.environ)
