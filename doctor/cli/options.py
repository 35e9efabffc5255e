"""Options that several commands have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from doctor.cli.completion import complete_codes
from doctor.cli.reports import FORMATS
from doctor.core.report import Severity


def examples(*lines: str) -> str:
    """The end of a command's help: commands that can be pasted, on lines of their own."""
    return "\n".join(("\b", "Examples:" if len(lines) > 1 else "Example:", *(f"  {line}" for line in lines)))


F = TypeVar("F", bound=Callable[..., Any])

output_option = click.option(
    "-o", "--output", metavar="FILE", type=click.Path(path_type=Path), help="Write to FILE, whole or not at all."
)


def formats_option(forms: tuple[str, ...] = FORMATS) -> Callable[[F], F]:
    """Let a command take one of these formats, or several with a file for all but one."""
    return click.option(
        "--format",
        "forms",
        metavar="FORMAT",
        multiple=True,
        type=click.Choice(forms),
        help=f"One of {', '.join(forms)} (default: text); several with an --output FORMAT=FILE for all but one.",
    )


outputs_option = click.option(
    "-o",
    "--output",
    "outputs",
    metavar="[FORMAT=]FILE",
    multiple=True,
    help="Write the report to FILE, whole or not at all; may be given more than once. Without a format its ending "
    "decides: .json, .sarif, .xml (junit), .md, .html, else text.",
)
colour_option = click.option(
    "--color/--no-color", "colour", default=None, help="Default: colours on a terminal, unless NO_COLOR is set."
)
fail_on_option = click.option(
    "--fail-on",
    type=click.Choice([item.label for item in reversed(Severity)]),
    default=Severity.ERROR.label,
    show_default=True,
    help="The least severity of a problem that makes the exit code 1.",
)
ignored_option = click.option(
    "--ignore", "ignored", metavar="CODES", multiple=True, help="Not these rules.", shell_complete=complete_codes
)
matrix_option = click.option(
    "--matrix",
    "matrices",
    metavar="FILE",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Add or replace rows of the matrix; may be given more than once.",
)


def selected_option(example: str) -> Callable[[F], F]:
    """Let a command take codes of rules; the help names the `example`, and its topic."""
    return click.option(
        "--select",
        "selected",
        metavar="CODES",
        multiple=True,
        help=f"Only these rules: {example}, or {example.rstrip('0123456789')} for all.",
        shell_complete=complete_codes,
    )


def debug_option(command: F) -> F:
    """Let a command take --debug as the group does; `doctor.cli.run` reads it."""
    return click.option("--debug", is_flag=True, expose_value=False, hidden=True)(command)
