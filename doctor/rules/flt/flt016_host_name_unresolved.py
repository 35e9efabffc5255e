"""FLT016."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fleet.report import Finding
from doctor.core.fleet.rule import FleetEnv, fleet_rule
from doctor.core.report import Cause, Severity
from doctor.rules.flt.difference import by_hand, finding
from doctor.rules.flt.network import GLOO, HOST_NAME, ITSELF


@fleet_rule(severity=Severity.ERROR, cause=Cause.NCCL, since="0.1.0", traits=(HOST_NAME,))
def host_name_unresolved(fleet: FleetEnv) -> Iterator[Finding]:
    """Each node's own name leads to an address of the node that others can reach.

    ## What it checks
    The addresses that a node gets for its own host name: one of them must be on an interface of the node and
    not be the loopback. Where GLOO_SOCKET_IFNAME is set, the name is not asked for. A fleet of one node is not judged.

    ## Why it matters
    Gloo, over which the processes meet, binds to what the host name resolves to, and to 127.0.0.1 where that is
    nothing of the node's: "Unable to resolve hostname to a (local) address. Using the loopback address as
    fallback", and then "Gloo connectFullMesh failed". Debian and Ubuntu put the name at 127.0.1.1.

    ## How to fix it
    Set GLOO_SOCKET_IFNAME to the interface of the cluster's network on all nodes, or write the node's address
    beside its name in /etc/hosts.

    ## Sources
    - https://github.com/vllm-project/vllm/issues/7074
    - https://github.com/aws-samples/aws-do-eks/pull/50
    - https://github.com/aws-samples/aws-do-eks/pull/69 (how the address is chosen)
    - https://www.debian.org/doc/manuals/debian-reference/ch05.en.html (127.0.1.1)
    """
    fleet.several()
    found: dict[str, list[int]] = {}
    for reading, nodes in fleet.readings(HOST_NAME):
        cells = dict(reading.items)
        if reading.whole is not None or cells[GLOO].known:
            continue
        leads = cells["leads to"]
        if not leads.unknown and leads.text != ITSELF:
            found.setdefault(f"leads to {leads.text}" if leads.known else "does not resolve", []).extend(nodes)
    for where, members in found.items():
        message = f"the host name {where} on {fleet.name(*members)}, and {GLOO} is not set"
        remedy = by_hand(
            f"Set {GLOO} to the interface of the cluster's network on all nodes", ("ip", "-brief", "address")
        )
        yield finding("host name", message, tuple(members), remedy)
