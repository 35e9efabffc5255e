"""``doctor fix --model``: mend what can be mended safely in a model folder."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from doctor.cli.output import show
from doctor.cli.subject import Subject
from doctor.core.artifact.model import BASE, MODEL, ModelFolder
from doctor.core.fact import Known, Source, SourceKind
from doctor.core.report import Report, Severity
from doctor.core.snapshot import Snapshot

if TYPE_CHECKING:
    # At run time they are imported where they are needed.
    from doctor.cli.criteria import Criteria
    from doctor.remedy.model.plan import Mend


def fix_model(
    subject: Subject, *, apply: bool, yes: bool, dry_run: bool, matrices: tuple[Path, ...], quiet: bool
) -> int:
    """Plan the mends of a model folder, and carry them out with `apply`.

    Exit codes: 0 no error is left, 1 an error is left or nothing was changed yet, 3 something could not be
    judged.
    """
    from doctor.remedy.model.apply import apply_mend
    from doctor.remedy.model.plan import plan_mends

    snapshot, report, criteria = _judge(subject, matrices, quiet)
    folder, base = snapshot.get(MODEL), snapshot.get(BASE)
    mends: tuple[Mend, ...] = ()
    left = report
    if isinstance(folder, Known):
        told = frozenset(outcome.code for outcome in report.outcomes if outcome.problems)
        mends = plan_mends(folder.value, base.value if isinstance(base, Known) else None, told)
        left = _forecast(snapshot, folder.value, mends, criteria) if mends else report
    show(_plan_text(subject.artifacts.model, mends, left))
    if not mends or not apply or dry_run:
        return report.exit_code(Severity.ERROR)
    if not yes and not click.confirm("Change the folder?", err=True):
        return report.exit_code(Severity.ERROR)
    for mend in mends:
        kept = apply_mend(Path(subject.artifacts.model), mend)
        show(f"{'written' if mend.content is not None else 'set aside'}: {mend.file}{kept_text(kept)}\n")
    _, after, _ = _judge(subject, matrices, quiet)
    show(rest_text(after))
    return after.exit_code(Severity.ERROR)


def require_agreement(*, apply: bool, yes: bool, dry_run: bool) -> None:
    """Refuse to ask where no one can answer.

    Raises:
        UsageError: there is no terminal, and --yes is not given.
    """
    if apply and not (yes or dry_run) and not sys.stdin.isatty():
        raise click.UsageError("--apply asks before it changes anything, and there is no terminal: --yes agrees")


def _judge(subject: Subject, matrices: tuple[Path, ...], quiet: bool) -> tuple[Snapshot, Report, Criteria]:
    from doctor.cli.criteria import load_criteria

    criteria = load_criteria(("MODEL",), (), matrices)
    examined, _ = subject.read(lambda: None, wanted=criteria.reads(), quiet=quiet)
    return examined.snapshot, criteria.judge(examined.snapshot), criteria


def _forecast(snapshot: Snapshot, folder: ModelFolder, mends: tuple[Mend, ...], criteria: Criteria) -> Report:
    """Judge the folder as it would be after the mends."""
    from doctor.probes.model.folder import read_folder
    from doctor.remedy.model.forecast import mended

    with mended(Path(folder.path), mends) as shadow:
        then = replace(read_folder(str(shadow)), path=folder.path)
    source = Source(kind=SourceKind.FILE, where=folder.path)
    return criteria.judge(snapshot.replace(MODEL, Known(value=then, source=source)))


def _plan_text(folder: str, mends: tuple[Mend, ...], report: Report) -> str:
    """The mends, and the errors of `report`, which they leave."""
    if not mends:
        return f"{folder}: nothing that can be mended without a guess\n{rest_text(report)}"
    lines = [f"{folder}: {len(mends)} {'file' if len(mends) == 1 else 'files'}"]
    lines += [f"  {mend.file}: {mend.text}" for mend in mends]
    return "\n".join(lines) + f"\nafter that, {rest_text(report)}"


def kept_text(kept: Path | None) -> str:
    """Say where the file is that was there before."""
    return f" (kept as {kept.name})" if kept else ""


def rest_text(report: Report) -> str:
    """Say which errors are left."""
    errors = [
        f"  {outcome.code} {problem.subject}: {problem.message}"
        for outcome, problem in report.problems()
        if outcome.severity_of(problem) is Severity.ERROR
    ]
    if not errors:
        open_ones = sum(outcome.undetermined for outcome in report.outcomes)
        beside = f"; {open_ones} of the rules could not be judged in full" if open_ones else ""
        return f"no error is left in the folder{beside}\n"
    return "\n".join(["what is left, and has to be mended by hand:", *errors]) + "\n"
