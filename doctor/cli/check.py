"""``doctor check``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from doctor.cli.examine import anonymous_option, judge_ahead, without_names
from doctor.cli.options import (
    colour_option,
    debug_option,
    examples,
    fail_on_option,
    formats_option,
    ignored_option,
    matrix_option,
    outputs_option,
    selected_option,
)
from doctor.cli.planned import target_options
from doctor.cli.reports import Destination, destinations, renderer, write_reports
from doctor.cli.subject import (
    Subject,
    adapter_option,
    architecture_option,
    base_option,
    collect_env_option,
    deep_option,
    dockerfile_option,
    end_to_end_option,
    model_option,
    python_option,
    requirements_option,
    serve_env_option,
    serve_option,
    snapshot_option,
    takes_subject,
    train_env_option,
)
from doctor.core.report import Severity

if TYPE_CHECKING:
    # At run time they are imported while the probes work.
    from doctor.cli.criteria import Criteria
    from doctor.cli.examine import Examined


@click.command(
    short_help="Examine an environment and say what is wrong with it.",
    epilog=examples(
        "doctor check --python /srv/vllm",
        "doctor check --model merged --adapter lora --base base-model",
        'doctor check --serve "vllm serve ./merged --enable-lora --max-lora-rank 32"',
        "doctor check --requirements requirements.txt --target-python 3.11",
        "doctor check --output sarif=doctor.sarif --output html=doctor.html",
    ),
)
@takes_subject(
    python_option,
    snapshot_option,
    collect_env_option,
    requirements_option,
    dockerfile_option,
    *target_options,
    deep_option,
    end_to_end_option,
    architecture_option,
    model_option,
    base_option,
    adapter_option,
    serve_option,
    train_env_option,
    serve_env_option,
)
@selected_option("PKG001")
@ignored_option
@fail_on_option
@formats_option()
@outputs_option
@matrix_option
@anonymous_option
@colour_option
@click.option("-q", "--quiet", is_flag=True, help="Show the problems and the summary only.")
@click.option(
    "-v",
    "--verbose",
    is_flag=True,
    help="Show every rule and the facts that it read, and all that --end-to-end prints.",
)
@debug_option
def check(
    subject: Subject,
    selected: tuple[str, ...],
    ignored: tuple[str, ...],
    fail_on: str,
    forms: tuple[str, ...],
    outputs: tuple[str, ...],
    matrices: tuple[Path, ...],
    anonymous: bool,
    colour: bool | None,
    quiet: bool,
    verbose: bool,
) -> int:
    """Examine an environment and say what is wrong with it.

    Nothing that is installed there is imported or changed. Exit codes: 0 healthy, 1 a problem
    at or above --fail-on, 2 usage or unreadable input, 3 something could not be determined, 4
    an error of doctor itself.
    """
    if quiet and verbose:
        raise click.UsageError("--quiet and --verbose exclude each other")
    places = destinations(forms, outputs)
    examined, criteria = _gather(subject, selected, ignored, matrices, places, quiet=quiet, verbose=verbose)
    if anonymous:
        examined = without_names(examined)
    report = criteria.report_on(examined.snapshot)
    threshold = Severity[fail_on.upper()]
    write_reports(report, examined, criteria, places, fail_on=threshold, colour=colour, quiet=quiet, verbose=verbose)
    return report.exit_code(threshold)


def _gather(
    subject: Subject,
    selected: tuple[str, ...],
    ignored: tuple[str, ...],
    matrices: tuple[Path, ...],
    places: tuple[Destination, ...],
    *,
    quiet: bool,
    verbose: bool,
) -> tuple[Examined, Criteria]:
    """Get the facts, and what they are judged by.

    The rules, the matrix and the formats are loaded while the probes work, and what can be judged is judged; only a
    selection of rules comes first, because it says which probes are needed.
    """

    def load() -> Criteria:
        from doctor.cli.criteria import load_criteria

        return load_criteria(selected, ignored, matrices)

    def prepare() -> Criteria:
        criteria = narrowed or load()
        for form in {place.form for place in places}:
            renderer(form)
        return criteria

    narrowed = load() if selected or ignored else None
    wanted = narrowed.reads() if narrowed else None
    return subject.read(prepare, wanted=wanted, matrices=matrices, news=judge_ahead, quiet=quiet, verbose=verbose)
