"""``doctor snapshot``."""

from __future__ import annotations

import json
import os

import click

from doctor.cli.environment import choose
from doctor.core.snapshot import to_json


@click.command()
@click.option("--python", "python", metavar="PATH")
@click.option("--deep", is_flag=True)
def snapshot(python: str | None, deep: bool) -> None:
    """Write the facts of an environment as JSON."""
    from doctor.engine.examine import take_snapshot

    choice = choose(python, os.environ)
    click.echo(json.dumps(to_json(take_snapshot(choice.python, deep=deep)), indent=1))
