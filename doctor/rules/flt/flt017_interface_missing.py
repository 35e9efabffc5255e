"""FLT017."""

from __future__ import annotations

import json
from collections.abc import Iterator

from doctor.core.fleet.members import HEAD
from doctor.core.fleet.report import Finding, Indexes, Share
from doctor.core.fleet.rule import FleetEnv, fleet_rule
from doctor.core.fleet.trait import Cell
from doctor.core.report import Cause, Severity
from doctor.core.rule import NotApplicableError
from doctor.rules.flt.difference import by_hand, finding
from doctor.rules.flt.interfaces import chosen
from doctor.rules.flt.network import GLOO, NCCL, SOCKETS

Rows = list[tuple[dict[str, Cell], Indexes]]
"""The cells of each distinct reading, with its nodes."""


@fleet_rule(severity=Severity.ERROR, cause=Cause.NCCL, since="0.1.0", traits=(SOCKETS,))
def interface_missing(fleet: FleetEnv) -> Iterator[Finding]:
    """The interface that NCCL_SOCKET_IFNAME and GLOO_SOCKET_IFNAME name is up on every node.

    ## What it checks
    Each value is held against the interfaces of the nodes, as NCCL reads it (beginnings of names, `=` for whole
    names, `^` for all but) and as Gloo does (whole names). A node that has no value of its own is
    judged by that of the head node: vLLM with Ray hands on the variables of the node where it is started.

    ## Why it matters
    A name that is right on the head node is wrong where the card is called otherwise: NCCL ends with "no socket
    interface found", Gloo with "Unable to find interface", and the peers wait.

    ## How to fix it
    Give a value that fits all nodes, such as a beginning (`NCCL_SOCKET_IFNAME=en`) or an exclusion
    (`^lo,docker`), and set GLOO_SOCKET_IFNAME on each node by itself where the names differ.

    ## Sources
    - https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html#nccl-socket-ifname
    - https://pytorch.org/docs/stable/distributed.html#choosing-the-network-interface-to-use
    - https://github.com/vllm-project/vllm/issues/7074
    """
    rows = [(dict(reading.items), nodes) for reading, nodes in fleet.readings(SOCKETS) if reading.whole is None]
    asked = False
    for variable in (NCCL, GLOO):
        setters = [(cells[variable].text, nodes) for cells, nodes in rows if cells[variable].known]
        asked = asked or bool(setters)
        for value in sorted({value for value, _ in setters}):
            yield from _missing(fleet, rows, variable, value)
        yield from _handed_on(fleet, rows, variable, setters)
    if not asked and not fleet.gaps:
        raise NotApplicableError(f"no node sets {NCCL} or {GLOO}")


def _missing(fleet: FleetEnv, rows: Rows, variable: str, value: str) -> Iterator[Finding]:
    """The nodes whose own value names nothing that is there."""
    concerned = [(cells, nodes) for cells, nodes in rows if cells[variable].text == value]
    without = _without(concerned, variable, value)
    if without:
        yield _finding(fleet, variable, f"{variable}={value} names no interface that is up on", without)


def _handed_on(fleet: FleetEnv, rows: Rows, variable: str, setters: list[tuple[str, Indexes]]) -> Iterator[Finding]:
    """The nodes that have no value of their own, and on which that of another node would name nothing.

    What the head node has, vLLM hands on; where no head is known, any node may be the one that it is started on.
    """
    of_head = [value for value, nodes in setters if any(fleet.nodes[index].role == HEAD for index in nodes)]
    concerned = [(cells, nodes) for cells, nodes in rows if not cells[variable].known]
    for value in sorted(set(of_head or [value for value, _ in setters])):
        without = _without(concerned, variable, value)
        if without:
            source = "the head node" if of_head else "another node"
            message = f"{variable}={value}, which {source} has and would hand on, names no interface that is up on"
            yield _finding(fleet, variable, message, without, severity=None if of_head else Severity.WARNING)


def _without(rows: Rows, variable: str, value: str) -> dict[str, list[int]]:
    """The nodes on which a value chooses no interface, by what they have instead."""
    found: dict[str, list[int]] = {}
    for cells, nodes in rows:
        interfaces = json.loads(cells["interfaces"].text)
        if not chosen(variable, value, interfaces):
            listed = ", ".join(f"{name} {state}" for name, state in interfaces.items()) or "no interface"
            found.setdefault(listed, []).extend(nodes)
    return found


def _finding(
    fleet: FleetEnv, variable: str, message: str, without: dict[str, list[int]], severity: Severity | None = None
) -> Finding:
    nodes = tuple(sorted(index for members in without.values() for index in members))
    shares = [Share(text=f"it has {text}", nodes=tuple(members)) for text, members in without.items()]
    remedy = by_hand("Choose a value that names an interface of every node", ("ip", "-brief", "address"))
    return finding(variable, f"{message} {fleet.name(*nodes)}", nodes, remedy, shares=shares, severity=severity)
