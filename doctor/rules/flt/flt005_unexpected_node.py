"""FLT005."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fleet.nodeset import Names
from doctor.core.fleet.report import Finding
from doctor.core.fleet.rule import FleetEnv, fleet_rule
from doctor.core.report import Cause, Severity
from doctor.core.rule import NotApplicableError
from doctor.rules.flt.difference import by_hand, finding


@fleet_rule(severity=Severity.WARNING, cause=Cause.OTHER, since="0.1.0")
def unexpected_node(fleet: FleetEnv) -> Iterator[Finding]:
    """No node reported that was not expected.

    ## What it checks
    Where `--expect` says which nodes there are, each report must be of one of them; where it says how many,
    there must not be more.

    ## Why it matters
    A report of a node that is not on the list is often one of a listed node under another name, which then
    is missing, or it was left in the folder from another run.

    ## How to fix it
    Correct the list, or take the report away.

    ## Sources
    - https://docs.ray.io/en/latest/cluster/vms/user-guides/launching-clusters/on-premises.html (lists of hosts)
    """
    if not fleet.expectation.stated:
        raise NotApplicableError("not asked for: --expect says which nodes there should be")
    heard = [index for index, node in enumerate(fleet.nodes) if not node.silent]
    remedy = by_hand("Correct the list of nodes, or take the reports of others away")
    if fleet.expectation.names:
        expected = Names(fleet.expectation.names)
        extra = tuple(index for index in heard if not any(name in expected for name in fleet.nodes[index].names()))
        if extra:
            message = f"reports came that nobody expected: {fleet.name(*extra)}"
            yield finding("unexpected nodes", message, extra, remedy)
    count = fleet.expectation.count
    if count is not None and len(fleet.nodes) > count:
        expected_count = "1 node was" if count == 1 else f"{count} nodes were"
        message = f"{expected_count} expected, and there are {len(fleet.nodes)}"
        yield finding("more nodes than expected", message, (), remedy)
