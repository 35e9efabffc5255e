"""FLT003."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fleet.report import Finding
from doctor.core.fleet.rule import FleetEnv, fleet_rule
from doctor.core.report import Cause, Severity
from doctor.rules.flt.difference import by_hand, finding
from doctor.rules.flt.network import IDENTITY


@fleet_rule(severity=Severity.ERROR, cause=Cause.OTHER, since="0.1.0", traits=(IDENTITY,))
def node_reported_twice(fleet: FleetEnv) -> Iterator[Finding]:
    """Each report is of another node.

    ## What it checks
    Two reports with one host name, one boot of one kernel and one container are of one node, unless the
    launcher itself tells them apart (two nodes of Ray may share a machine).

    ## Why it matters
    Where eight reports are of seven nodes, the eighth has not been looked at: the loop went to one host
    twice, or a name resolves to the wrong address.

    ## How to fix it
    Compare the list of hosts with the addresses that they resolve to, and take the reports again.

    ## Sources
    - https://www.freedesktop.org/software/systemd/man/latest/sd_id128_get_machine.html (the boot id)
    """
    fleet.several()
    for reading, nodes in fleet.readings(IDENTITY):
        if reading.whole is not None or any(value.unknown for _, value in reading.items):
            continue
        twice = _not_told_apart(fleet, nodes)
        if twice:
            host = dict(reading.items)["host name"]
            message = f"the reports {fleet.name(*twice)} are of one node, which calls itself {host}"
            yield finding(
                "one node, several reports",
                message,
                twice,
                by_hand("Compare what the names of the hosts resolve to", ("getent", "hosts", str(host))),
            )


def _not_told_apart(fleet: FleetEnv, nodes: tuple[int, ...]) -> tuple[int, ...]:
    """Those of nodes with one identity that have no key of their own, where there are two."""
    keys = [fleet.nodes[index].key for index in nodes]
    told_apart = all(keys) and len(set(keys)) == len(keys)
    return nodes if len(nodes) > 1 and not told_apart else ()
