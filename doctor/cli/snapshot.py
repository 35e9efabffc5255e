"""``doctor snapshot``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from doctor.cli.artifacts import choose_artifacts
from doctor.cli.examine import examine
from doctor.cli.options import (
    adapter_option,
    base_option,
    debug_option,
    deep_option,
    end_to_end_option,
    model_option,
    output_option,
    python_option,
)
from doctor.cli.output import write
from doctor.core.snapshot import Snapshot


@click.command(short_help="Write the facts of an environment as JSON.")
@python_option
@deep_option
@end_to_end_option
@model_option
@base_option
@adapter_option
@output_option
@debug_option
def snapshot(
    python: str | None,
    deep: bool,
    end_to_end: bool,
    model: Path | None,
    base: Path | None,
    adapters: tuple[Path, ...],
    output: Path | None,
) -> None:
    """Write the facts of an environment as JSON.

    `doctor check --snapshot FILE` judges them elsewhere, with the same answer. Values of
    variables that look like secrets are not in it.
    """
    artifacts = choose_artifacts(model, base, adapters)
    examined, render = examine(
        python, deep=deep, end_to_end=end_to_end, wanted=None, meanwhile=_load_format, artifacts=artifacts
    )
    write(render(examined.snapshot), output)


def _load_format() -> Callable[[Snapshot], str]:
    from doctor.formats.json import render_snapshot

    return render_snapshot
