"""Options that several commands have."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from doctor.cli.reports import FORMATS

F = TypeVar("F", bound=Callable[..., Any])

python_option = click.option(
    "--python",
    metavar="PATH",
    help="The interpreter to examine, or the folder of its environment. "
    "Default: the environment that doctor is installed in if it holds the stack, else the active one.",
)
deep_option = click.option(
    "--deep", is_flag=True, help="Compare the hashes of all installed files, not their sizes only (slower)."
)
end_to_end_option = click.option(
    "--end-to-end",
    is_flag=True,
    help="Also let the environment make, merge and serve a tiny model with a LoRA adapter (minutes).",
)
model_option = click.option(
    "--model",
    metavar="DIR",
    type=click.Path(path_type=Path),
    hidden=True,
    help="Also examine the model folder DIR, which is to be served; no weight is read.",
)
base_option = click.option(
    "--base",
    metavar="DIR",
    type=click.Path(path_type=Path),
    hidden=True,
    help="The folder of the base model that --model was made from: what differs is judged too.",
)
adapter_option = click.option(
    "--adapter",
    "adapters",
    metavar="DIR",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Also examine the LoRA adapter folder DIR; may be given more than once.",
)
output_option = click.option(
    "-o", "--output", metavar="FILE", type=click.Path(path_type=Path), help="Write to FILE, whole or not at all."
)
formats_option = click.option(
    "--format",
    "forms",
    metavar="FORMAT",
    multiple=True,
    type=click.Choice(FORMATS),
    help=f"One of {', '.join(FORMATS)} (default: text); several with an --output FORMAT=FILE for all but one.",
)
outputs_option = click.option(
    "-o",
    "--output",
    "outputs",
    metavar="[FORMAT=]FILE",
    multiple=True,
    help="Write the report to FILE, whole or not at all; may be given more than once.",
)
colour_option = click.option(
    "--color/--no-color", "colour", default=None, help="Default: colours on a terminal, unless NO_COLOR is set."
)
matrix_option = click.option(
    "--matrix",
    "matrices",
    metavar="FILE",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Add or replace rows of the matrix; may be given more than once.",
)


def debug_option(command: F) -> F:
    """Let a command take --debug as the group does; `doctor.cli.run` reads it."""
    return click.option("--debug", is_flag=True, expose_value=False, hidden=True)(command)


def split(selectors: tuple[str, ...]) -> tuple[str, ...]:
    """Split selectors that were given with commas or by repeating the option."""
    return tuple(item.strip() for text in selectors for item in text.split(",") if item.strip())
