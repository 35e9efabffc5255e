"""``doctor snapshot``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from doctor.cli.options import debug_option, output_option
from doctor.cli.output import write
from doctor.cli.subject import (
    Subject,
    adapter_option,
    base_option,
    deep_option,
    end_to_end_option,
    model_option,
    python_option,
    takes_subject,
)
from doctor.core.snapshot import Snapshot


@click.command(short_help="Write the facts of an environment as JSON.")
@takes_subject(python_option, deep_option, end_to_end_option, model_option, base_option, adapter_option)
@output_option
@debug_option
def snapshot(subject: Subject, output: Path | None) -> None:
    """Write the facts of an environment as JSON.

    `doctor check --snapshot FILE` judges them elsewhere, with the same answer. Values of
    variables that look like secrets are not in it.
    """
    examined, render = subject.read(_load_format)
    write(render(examined.snapshot), output)


def _load_format() -> Callable[[Snapshot], str]:
    from doctor.formats.json import render_snapshot

    return render_snapshot
