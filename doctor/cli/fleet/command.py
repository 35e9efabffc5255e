"""``doctor fleet``: what is judged over several nodes."""

from __future__ import annotations

import click

from doctor.cli.lazy import LazyGroup
from doctor.cli.options import examples

COMMANDS = {
    "check": ("doctor.cli.fleet.check:check", "Judge each node of a fleet, and compare them with each other."),
    "diff": ("doctor.cli.fleet.diff:diff", "Show in what two nodes differ."),
}


@click.group(
    cls=LazyGroup,
    places=COMMANDS,
    short_help="Judge the nodes of a cluster together, and compare them.",
    epilog=examples("doctor fleet check nodes/*.json"),
)
def fleet() -> None:
    """Judge the nodes of a cluster together, and compare them.

    The file is the protocol: `doctor snapshot -o node.json` on each node, by whatever starts commands there
    (srun, ssh, kubectl, a launch script), and `doctor fleet check` over the files.
    """
