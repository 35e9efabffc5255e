"""``doctor fix --adapter``: mend what can be mended safely in adapter folders."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from doctor.cli.fix.model import kept_text, rest_text
from doctor.cli.output import show
from doctor.cli.subject import Subject
from doctor.core.artifact.adapter import ADAPTERS, AdapterFolder
from doctor.core.artifact.model import BASE, MODEL
from doctor.core.fact import Known, Source, SourceKind
from doctor.core.matrix import Matrix
from doctor.core.report import Report, Severity
from doctor.core.rule import Env, NotApplicableError, UndeterminedError
from doctor.core.snapshot import Snapshot

if TYPE_CHECKING:
    # At run time they are imported where they are needed.
    from doctor.cli.criteria import Criteria
    from doctor.remedy.model.plan import Mend
    from doctor.rules.lora.base import Base

Plans = list[tuple[AdapterFolder, "tuple[Mend, ...]"]]


def fix_adapters(
    subject: Subject, *, apply: bool, yes: bool, dry_run: bool, matrices: tuple[Path, ...], quiet: bool
) -> int:
    """Plan the mends of adapter folders, and carry them out with `apply`.

    Exit codes: 0 no error is left, 1 an error is left or nothing was changed yet, 3 something could not be
    judged.
    """
    from doctor.remedy.model.apply import apply_mend

    snapshot, report, criteria = _judge(subject, matrices, quiet)
    plans = _plans(snapshot, report, criteria.matrix)
    show("".join(_plan_text(folder, mends) for folder, mends in plans))
    if not any(mends for _, mends in plans):
        show(rest_text(report))
        return report.exit_code(Severity.ERROR)
    show(f"after that, {rest_text(_forecast(snapshot, plans, criteria))}")
    if not apply or dry_run or not (yes or click.confirm("Change the folders?", err=True)):
        return report.exit_code(Severity.ERROR)
    for folder, mends in plans:
        for mend in mends:
            kept = apply_mend(Path(folder.path), mend)
            show(f"written: {folder.path}/{mend.file}{kept_text(kept)}\n")
    _, after, _ = _judge(subject, matrices, quiet)
    show(rest_text(after))
    return after.exit_code(Severity.ERROR)


def _judge(subject: Subject, matrices: tuple[Path, ...], quiet: bool) -> tuple[Snapshot, Report, Criteria]:
    from doctor.cli.criteria import load_criteria

    criteria = load_criteria(("LORA",), (), matrices)
    examined, _ = subject.read(lambda: None, wanted=criteria.reads(), quiet=quiet)
    return examined.snapshot, criteria.judge(examined.snapshot), criteria


def _forecast(snapshot: Snapshot, plans: Plans, criteria: Criteria) -> Report:
    """Judge the folders as they would be after the mends."""
    from doctor.probes.adapter.folder import read_adapter
    from doctor.remedy.model.forecast import mended

    then = []
    for folder, mends in plans:
        with mended(Path(folder.path), mends) as shadow:
            then.append(replace(read_adapter(str(shadow), base=folder.given_base), path=folder.path))
    source = Source(kind=SourceKind.FILE, where=plans[0][0].path)
    return criteria.judge(snapshot.replace(ADAPTERS, Known(value=tuple(then), source=source)))


def _plans(snapshot: Snapshot, report: Report, matrix: Matrix) -> Plans:
    from doctor.remedy.adapter.plan import plan_mends

    folders = snapshot.get(ADAPTERS)
    base = _base(snapshot, matrix)
    return [
        (folder, plan_mends(folder, base, _told(report, folder)))
        for folder in (folders.value if isinstance(folders, Known) else ())
    ]


def _told(report: Report, folder: AdapterFolder) -> frozenset[str]:
    return frozenset(outcome.code for outcome, problem in report.problems() if problem.subject == folder.path)


def _base(snapshot: Snapshot, matrix: Matrix) -> Base | None:
    from doctor.rules.lora.base import base_of

    try:
        return base_of(Env(snapshot=snapshot, matrix=matrix, reads=frozenset({MODEL.name, BASE.name})))
    except (NotApplicableError, UndeterminedError):
        return None


def _plan_text(folder: AdapterFolder, mends: tuple[Mend, ...]) -> str:
    if not mends:
        return f"{folder.path}: nothing that can be mended without a guess\n"
    return "\n".join([f"{folder.path}:", *(f"  {mend.file}: {mend.text}" for mend in mends)]) + "\n"
