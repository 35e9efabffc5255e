"""The command of the probe that travels: ``doctor snapshot``, as far as nothing has to be installed for it."""

from __future__ import annotations

from pathlib import Path

import click

from doctor import __version__
from doctor.cli.artifacts import choose_artifacts
from doctor.cli.examine import anonymous_option, examine, without_names
from doctor.cli.output import write
from doctor.cli.subject import (
    adapter_option,
    base_option,
    deep_option,
    model_option,
    python_option,
)
from doctor.core.keys import KEYS
from doctor.formats.snapshot import render_snapshot


@click.command("probe", context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@python_option
@deep_option
@model_option
@base_option
@adapter_option
@anonymous_option
@click.option(
    "-o", "--output", metavar="FILE", type=click.Path(path_type=Path), help="Write to FILE, whole or not at all."
)
@click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error of doctor itself.")
@click.version_option(__version__, "--version", message="doctor's probe %(version)s")
def probe(
    python: str | None,
    deep: bool,
    model: Path | None,
    base: Path | None,
    adapters: tuple[Path, ...],
    anonymous: bool,
    output: Path | None,
) -> None:
    """Write the facts of this node and of an environment on it as JSON.

    Nothing needs to be installed here. `doctor check --snapshot FILE` and `doctor fleet check FILES`
    judge them elsewhere. The file holds the node's name and addresses, which nodes are compared by:
    leave them out (--anonymous) of what is shown to others, not of a fleet's. Values of variables
    that look like secrets are not in it.
    """
    artifacts = choose_artifacts(model, base, adapters)
    examined, _ = examine(
        python,
        deep=deep,
        proof=None,
        wanted=frozenset(KEYS),
        meanwhile=lambda: None,
        quiet=output is None,
        artifacts=artifacts,
    )
    write(render_snapshot((without_names(examined) if anonymous else examined).snapshot), output)
