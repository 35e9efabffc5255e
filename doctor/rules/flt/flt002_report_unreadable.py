"""FLT002."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fleet.members import NodeState
from doctor.core.fleet.report import Finding
from doctor.core.fleet.rule import FleetEnv, fleet_rule
from doctor.core.report import Cause, Severity
from doctor.rules.flt.difference import by_hand, finding


@fleet_rule(severity=Severity.ERROR, cause=Cause.OTHER, since="0.1.0")
def report_unreadable(fleet: FleetEnv) -> Iterator[Finding]:
    """Every report that came is a whole snapshot.

    ## What it checks
    A report must be the JSON text of a snapshot in the schema of this doctor: not empty, not cut short, not
    mixed with the output of something else.

    ## Why it matters
    A node whose report cannot be read has not been judged. An empty file is what a shell leaves of a command
    that failed (`ssh node doctor snapshot > node.json`), half of one what a full disk or a killed job leaves.

    ## How to fix it
    Take the snapshot again with `-o FILE`, which writes it whole or not at all, and keep stderr apart.

    ## Sources
    - https://www.gnu.org/software/bash/manual/html_node/Redirections.html (a file is made before the command runs)
    """
    found: dict[str, list[int]] = {}
    for index, node in enumerate(fleet.nodes):
        if node.state is NodeState.UNREADABLE:
            found.setdefault(node.detail, []).append(index)
    for detail, nodes in found.items():
        message = f"the report of {fleet.name(*nodes)} cannot be read: {detail}"
        remedy = by_hand("Take the snapshot again", ("doctor", "snapshot", "-o", "node.json"))
        yield finding("unreadable report", message, tuple(nodes), remedy)
