"""FLT015."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fleet.report import Finding
from doctor.core.fleet.rule import FleetEnv, fleet_rule
from doctor.core.fleet.trait import ABSENT
from doctor.core.report import Cause, Severity
from doctor.rules.flt.difference import by_hand, finding
from doctor.rules.flt.network import ADDRESS, ADDRESS_VARIABLE


@fleet_rule(severity=Severity.ERROR, cause=Cause.NCCL, since="0.1.0", traits=(ADDRESS,))
def node_address_shared(fleet: FleetEnv) -> Iterator[Finding]:
    """Each node has an address of its own, and VLLM_HOST_IP names it.

    ## What it checks
    The address that vLLM takes for a node: VLLM_HOST_IP, or where that is not set the address from which packets
    leave. No two nodes may have the same, and VLLM_HOST_IP must be an address of one of the node's interfaces.

    ## Why it matters
    vLLM counts nodes by their addresses: "Every node should have a unique IP address", or, where the value is
    that of another node, "No available node types can fulfill resource request" after a long wait. VLLM_HOST_IP
    is a value for one node; set in a template that all nodes share it is wrong on all but one.

    ## How to fix it
    Set VLLM_HOST_IP on each node to the address by which the others reach it, or not at all where the node has one
    network.

    ## Sources
    - https://github.com/vllm-project/vllm/pull/43095 (nodes with several networks)
    - https://github.com/vllm-project/vllm/issues/13521
    - https://github.com/vllm-project/vllm/issues/7815
    """
    owners: dict[str, list[int]] = {}
    foreign: dict[str, list[int]] = {}
    for reading, nodes in fleet.readings(ADDRESS):
        cells = dict(reading.items)
        address = cells.get("address", ABSENT)
        if address.known:
            owners.setdefault(address.text, []).extend(nodes)
            if cells.get("own", ABSENT).text == "no":
                foreign.setdefault(address.text, []).extend(nodes)
    remedy = by_hand(f"Set {ADDRESS_VARIABLE} on each node to its own address", ("ip", "-brief", "address"))
    for text, members in sorted(owners.items()):
        if len(members) > 1:
            message = f"{text} is taken for the address of {len(members)} nodes: {fleet.name(*members)}"
            yield finding("one address, several nodes", message, tuple(members), remedy)
    for text, members in sorted(foreign.items()):
        message = f"{ADDRESS_VARIABLE}={text} is on no interface of {fleet.name(*members)}"
        yield finding(ADDRESS_VARIABLE, message, tuple(members), remedy)
