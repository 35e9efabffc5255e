"""``doctor fleet diff``."""

from __future__ import annotations

from pathlib import Path

import click

from doctor.cli.fleet.terms import load_traits
from doctor.cli.options import colour_option, debug_option, examples, output_option
from doctor.cli.output import write
from doctor.cli.terminal import look_of
from doctor.core.errors import TargetError
from doctor.core.matrix import Matrix
from doctor.fleet.files import arrivals
from doctor.fleet.merge import Terms, judge_fleet


@click.command(short_help="Show in what two nodes differ.", epilog=examples("doctor fleet diff node1.json node2.json"))
@click.argument("left", type=click.Path(path_type=Path))
@click.argument("right", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@output_option
@colour_option
@debug_option
def diff(left: Path, right: Path, form: str, output: Path | None, colour: bool | None) -> int:
    """Show in what two nodes differ.

    LEFT and RIGHT are snapshots. What each node is to have for itself (names, addresses) is left out. Exit codes: 0
    the same, 1 something differs, 2 a file cannot be read, 3 nothing differs, but something could not be compared.
    """
    from doctor.formats.fleet.difference import exit_code, render_json, render_text

    terms = Terms(rules=(), fleet_rules=(), matrix=Matrix(version=""), shown=load_traits())
    report = judge_fleet(arrivals([left, right]), terms)
    for node in report.nodes:
        if not node.answered:
            detail = node.detail.removeprefix(node.origin).lstrip()
            raise TargetError(f"{node.origin}: {detail}", hint="`doctor snapshot -o FILE` writes such a file")
    text = render_json(report) if form == "json" else render_text(report, look_of(colour, to_file=output is not None))
    write(text, output)
    return exit_code(report)
