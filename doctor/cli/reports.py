"""Where reports go: one on standard output, and any number in files."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from doctor.cli.output import append, write
from doctor.cli.terminal import look_of
from doctor.core.fact import Known
from doctor.core.frozen import frozen
from doctor.core.report import Correction, Report, Severity

if TYPE_CHECKING:
    # At run time only the formats that are asked for are imported, and the matrix while the probes work.
    from doctor.cli.criteria import Criteria
    from doctor.cli.examine import Examined
    from doctor.core.matrix import Matrix
    from doctor.formats.rendering import Rendering

FORMATS = ("text", "json", "sarif", "junit", "github", "gitlab", "markdown", "html")
"""Each is the module of its name in `doctor.formats`, with a function ``render(Rendering) -> str``."""

ENDINGS = {".json": "json", ".sarif": "sarif", ".xml": "junit", ".md": "markdown", ".html": "html", ".htm": "html"}
"""The formats of files whose ending names one, where none is given."""

SUMMARY_LIMIT = 1024 * 1000
"""Bytes that go to the summary of a job: GitHub refuses one of more than 1 MiB as a whole
(https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands)."""

_STDOUT = Path("-")


@frozen
class Destination:
    """One report: its format, and the file it goes to, ``-`` for standard output."""

    form: str
    path: Path

    @property
    def to_file(self) -> bool:
        """Whether it goes to a file."""
        return self.path != _STDOUT


def destinations(
    forms: tuple[str, ...], outputs: tuple[str, ...], known: tuple[str, ...] = FORMATS
) -> tuple[Destination, ...]:
    """Say which format goes where; `known` are the formats that there are.

    An output is ``FORMAT=FILE``, or a FILE that takes the one format that is given, or else the
    one that its ending names. What has no file goes to standard output: the format that is left,
    or a text where only ``FORMAT=FILE`` was said.

    Raises:
        click.UsageError: it is not clear which goes where, or two go to one place.
    """
    named = [_split(text, known) for text in outputs]
    rest = [form for form in forms if form not in [name for name, _ in named]]
    plain = [path for name, path in named if not name]
    told = not rest and all(ENDINGS.get(path.suffix.lower()) in known for path in plain)
    if (len(plain) > 1 and not told) or (plain and len(rest) > 1):
        example = f"{rest[-1] if rest else 'sarif'}={plain[-1]}"
        raise click.UsageError(f"which format goes to {plain[-1]}? Write --output FORMAT=FILE, such as {example}")
    if len(rest) > 1:
        raise click.UsageError(f"standard output takes one format: give {rest[-1]} a file, --output {rest[-1]}=FILE")
    found = [Destination(form=name or (rest or [_of_ending(path, known)])[0], path=path) for name, path in named]
    if not plain and not any(not item.to_file for item in found):
        found.append(Destination(form=(rest or ["text"])[0], path=_STDOUT))
    paths = [item.path for item in found]
    twice = [str(path) for path in paths if paths.count(path) > 1]
    if twice:
        raise click.UsageError(f"two reports would go to {twice[0]}")
    return tuple(found)


def _of_ending(path: Path, known: tuple[str, ...]) -> str:
    """The format that the ending of a file names, text for any other."""
    form = ENDINGS.get(path.suffix.lower(), "text")
    return form if form in known else "text"


def _split(text: str, known: tuple[str, ...]) -> tuple[str, Path]:
    name, equals, path = text.partition("=")
    if equals and path and name in known:
        return name, Path(path)
    if equals and name.isalpha():
        raise click.UsageError(
            f"there is no format {name!r}; there are {', '.join(known)}. A file of that name is ./{text}"
        )
    return "", Path(text)


def write_reports(
    report: Report,
    examined: Examined,
    criteria: Criteria,
    places: tuple[Destination, ...],
    *,
    fail_on: Severity,
    colour: bool | None = None,
    quiet: bool = False,
    verbose: bool = False,
) -> None:
    """Write a report to its destinations; with the format github also the summary of the job.

    Files are written first, standard output last: its reader may go away.

    Raises:
        OutputError: a file cannot be written. It is then as it was, and so is what comes after it.
    """
    rendering = rendering_of(report, examined, criteria, fail_on=fail_on, quiet=quiet, verbose=verbose)
    if any(place.form == "html" for place in places):
        rendering = with_pictures(rendering, criteria.matrix)
    if any(place.form == "github" for place in places):
        _write_job_summary(rendering)
    for place in sorted(places, key=lambda place: not place.to_file):
        look = look_of(colour, to_file=place.to_file)
        write(renderer(place.form)(replace(rendering, look=look)), place.path)


def rendering_of(
    report: Report,
    examined: Examined,
    criteria: Criteria,
    *,
    fail_on: Severity = Severity.ERROR,
    quiet: bool = False,
    verbose: bool = False,
) -> Rendering:
    """A report with what formats are given beside it."""
    from doctor.formats.rendering import Detail, Rendering
    from doctor.formats.stack import summarise

    several = sum(bool(outcome.problems) for outcome in report.outcomes if outcome.topic == "SERVE") > 1
    return Rendering(
        report=report,
        stack=summarise(examined.snapshot),
        snapshot=examined.snapshot,
        fail_on=fail_on,
        rules={rule.code: rule for rule in criteria.rules},
        why=examined.why,
        detail=Detail(quiet=quiet, verbose=verbose),
        correction=_correction(examined, criteria) if several else None,
    )


def _correction(examined: Examined, criteria: Criteria) -> Correction | None:
    """The command line that does all that the rules of `--serve` ask for."""
    from doctor.engine.correction import correct_command

    return correct_command(examined.snapshot, criteria.matrix, criteria.rules)


def with_pictures(rendering: Rendering, matrix: Matrix) -> Rendering:
    """A rendering with what its pictures show: the versions, and the memory where a model is known."""
    from doctor.cli.planning import plan_checked
    from doctor.core.artifact.model import MODEL
    from doctor.core.serve import SERVE
    from doctor.engine.ladder import ladders_of
    from doctor.serving.demand import PlanningError

    found = replace(rendering, ladders=ladders_of(rendering.snapshot, matrix))
    facts = (rendering.snapshot.get(MODEL), rendering.snapshot.get(SERVE))
    if not any(isinstance(fact, Known) for fact in facts):
        return found
    try:
        return replace(found, plan=plan_checked(rendering.snapshot, matrix))
    except PlanningError as error:
        return replace(found, no_plan=error.message)


def renderer(form: str) -> Callable[[Rendering], str]:
    """The function that writes a report in a format."""
    render: Callable[[Rendering], str] = importlib.import_module(f"doctor.formats.{form}").render
    return render


def _write_job_summary(rendering: Rendering) -> None:
    file = os.environ.get("GITHUB_STEP_SUMMARY")
    if file:
        append(renderer("markdown")(rendering), Path(file), SUMMARY_LIMIT)
