"""``doctor fleet check``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import click

from doctor.cli.completion import complete_files
from doctor.cli.criteria import split
from doctor.cli.exits import ExitCode
from doctor.cli.fleet.ray import RayTarget, ask_cluster, takes_ray
from doctor.cli.fleet.reports import FLEET_FORMATS, write_fleet_reports
from doctor.cli.fleet.terms import load_terms
from doctor.cli.interruption import Interruption
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
from doctor.cli.reports import destinations
from doctor.core.errors import TargetError
from doctor.core.fleet.members import Arrival
from doctor.core.fleet.report import FleetReport
from doctor.core.report import Severity
from doctor.core.serve import ServeCommand
from doctor.fleet.expectation import read_expectation
from doctor.fleet.files import arrivals, find_reports, read_stream
from doctor.fleet.merge import Terms, judge_fleet
from doctor.fleet.roll import read_role


@click.command(
    short_help="Judge each node of a fleet, and compare them with each other.",
    epilog=examples(
        "doctor fleet check nodes/*.json --expect 8",
        "doctor fleet check nodes/*.json --set vllm-0.32.0 --output html=fleet.html",
        "doctor fleet check - --expect 8",
        "doctor fleet check --ray 10.0.0.7:6379 --python /srv/vllm",
    ),
)
@click.argument("reports", nargs=-1, metavar="[REPORTS...]", shell_complete=complete_files)
@takes_ray
@click.option(
    "--expect",
    metavar="HOSTS",
    help="Who should have reported: a number, a file with a host a line, or node[1-8]. Who did not is an error.",
)
@click.option(
    "--role",
    "roles",
    metavar="ROLE=NODES",
    multiple=True,
    help="What nodes are for: head=node1 needs no GPU; nodes of one role (prefill=node[2-5]) must be alike.",
)
@click.option("--lock", metavar="FILE", help="Also hold every node against a lock file or pinned requirements.")
@click.option("--set", "set_name", metavar="NAME", help="Also hold every node against a known-good set.")
@click.option("--serve", metavar="COMMAND", help='Also judge how it is to be served: "vllm serve MODEL -tp 16 ...".')
@selected_option("FLT007")
@ignored_option
@fail_on_option
@formats_option(FLEET_FORMATS)
@outputs_option
@matrix_option
@colour_option
@click.option("-q", "--quiet", is_flag=True, help="Show the findings and the summary only.")
@click.option("-v", "--verbose", is_flag=True, help="Show every rule and every value.")
@debug_option
def check(
    reports: tuple[str, ...],
    ray: RayTarget,
    expect: str | None,
    roles: tuple[str, ...],
    lock: str | None,
    set_name: str | None,
    serve: str | None,
    selected: tuple[str, ...],
    ignored: tuple[str, ...],
    fail_on: str,
    forms: tuple[str, ...],
    outputs: tuple[str, ...],
    matrices: tuple[Path, ...],
    colour: bool | None,
    quiet: bool,
    verbose: bool,
) -> int:
    """Judge each node of a fleet, and compare them with each other.

    REPORTS are snapshots: files, folders of them, patterns, or - for standard input, on which one may follow the
    other; with --ray the nodes of a running Ray cluster are
    asked for theirs, beside these. A node that was expected and did not report, a
    report that cannot be read, and a node that reported twice are errors. Ctrl-C while a cluster is asked ends the
    waiting: what came is judged. Exit codes: 0 healthy, 1 a problem
    at or above --fail-on, 2 usage or nothing to judge, 3 something could not be determined on some node, 4 an
    error of doctor itself, 130 interrupted.
    """
    if quiet and verbose:
        raise click.UsageError("--quiet and --verbose exclude each other")
    if lock and set_name:
        raise click.UsageError("--lock and --set exclude each other")
    places = destinations(forms, outputs, FLEET_FORMATS)
    expectation = read_expectation(expect) if expect else None
    if not reports and not ray.named:
        hint = "Name files, a folder, or a pattern such as 'reports/*.json', or a Ray cluster with --ray"
        raise click.UsageError(f"where are the reports? {hint}")
    terms = load_terms(
        selected=split(selected),
        ignored=split(ignored),
        matrices=matrices,
        expectation=expectation,
        roles=tuple(read_role(text) for text in roles),
        lock=lock or "",
        set_name=set_name or "",
        serve=_command(serve),
    )
    report, interrupted = _judge(reports, ray, terms, quiet=quiet)
    threshold = Severity[fail_on.upper()]
    write_fleet_reports(report, terms, places, fail_on=threshold, colour=colour, quiet=quiet, verbose=verbose)
    return ExitCode.INTERRUPTED if interrupted else report.exit_code(threshold)


def _judge(places: tuple[str, ...], ray: RayTarget, terms: Terms, *, quiet: bool) -> tuple[FleetReport, bool]:
    """The verdict, and whether Ctrl-C ended the asking before all had answered."""
    arrived = _arrivals(places, terms) if places else iter(())
    if not ray.named:
        return judge_fleet(arrived, terms), False
    with Interruption() as interruption:
        return judge_fleet(chain(arrived, ask_cluster(ray, interruption, quiet=quiet)), terms), interruption.heard


def _command(text: str | None) -> ServeCommand | None:
    if text is None:
        return None
    from doctor.intake.serve import read_serve

    return read_serve(text)


def _arrivals(places: tuple[str, ...], terms: Terms) -> Iterator[Arrival]:
    paths = find_reports(place for place in places if place != "-")
    if "-" in places:
        return chain(arrivals(paths), read_stream(sys.stdin.buffer))
    if not paths and not terms.expectation.stated:
        hint = "`doctor snapshot -o FOLDER/NODE.json` on each node writes one; --expect says how many there should be"
        raise TargetError(f"there is no report in {', '.join(places)}: nothing could be judged", hint=hint)
    return arrivals(paths)
