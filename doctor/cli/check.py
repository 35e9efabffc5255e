"""``doctor check``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from doctor.cli.environment import choose
from doctor.core.matrix import Matrix
from doctor.core.report import Severity
from doctor.engine.catalogue import select
from doctor.engine.judge import judge


@click.command()
@click.option("--python", "python", metavar="PATH")
@click.option("--snapshot", "snapshot_file", metavar="FILE")
@click.option("--deep", is_flag=True)
@click.option("--select", "selected", multiple=True)
@click.option("--ignore", "ignored", multiple=True)
@click.option("--fail-on", type=click.Choice(["error", "warning", "info"]), default="error")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.option("--matrix", "matrices", multiple=True, type=click.Path(path_type=Path))
def check(python, snapshot_file, deep, selected, ignored, fail_on, form, matrices) -> int:
    """Examine an environment and say what is wrong with it."""
    rules, left_out = select(_split(selected), _split(ignored))
    wanted = frozenset(key.name for rule in rules for key in rule.reads)
    if snapshot_file:
        from doctor.intake.snapshot import read_snapshot

        snapshot = read_snapshot(Path(snapshot_file))
    else:
        from doctor.engine.examine import take_snapshot

        choice = choose(python, os.environ)
        click.echo(f"examining {choice.python} ({choice.why})", err=True)
        snapshot = take_snapshot(choice.python, deep=deep, wanted=wanted)
    report = judge(snapshot, _matrix(matrices), rules, left_out)
    if form == "json":
        import json

        from doctor.core.snapshot import to_json

        click.echo(json.dumps(to_json(report), indent=2))
    else:
        for outcome in report.outcomes:
            print(outcome.code, outcome.verdict.value, *outcome.reasons, f"{outcome.milliseconds:.1f} ms")
            for problem in outcome.problems:
                print("   ", outcome.severity_of(problem).label, problem.subject, problem.message)
                for remedy in problem.remedies:
                    print("       ", remedy.text, remedy.commands)
    return report.exit_code(Severity[fail_on.upper()])


def _split(selectors: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(item.strip() for text in selectors for item in text.split(",") if item.strip())


def _matrix(extra: tuple[Path, ...]) -> Matrix:
    try:
        from doctor.matrix.load import load_matrix
    except ImportError:
        print("no matrix yet", file=sys.stderr)
        return Matrix(version="none")
    return load_matrix(extra)
