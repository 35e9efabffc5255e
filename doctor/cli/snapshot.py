"""``doctor snapshot``."""

from __future__ import annotations

from pathlib import Path

import click

from doctor.cli.examine import examine
from doctor.cli.options import debug_option, deep_option, end_to_end_option, output_option, python_option
from doctor.cli.output import write
from doctor.formats.json import render_snapshot


@click.command(short_help="Write the facts of an environment as JSON.")
@python_option
@deep_option
@end_to_end_option
@output_option
@debug_option
def snapshot(python: str | None, deep: bool, end_to_end: bool, output: Path | None) -> None:
    """Write the facts of an environment as JSON.

    `doctor check --snapshot FILE` judges them elsewhere, with the same answer. Values of
    variables that look like secrets are not in it.
    """
    write(render_snapshot(examine(python, deep=deep, end_to_end=end_to_end, wanted=None).snapshot), output)
