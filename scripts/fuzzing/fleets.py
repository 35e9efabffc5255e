"""What is fuzzed of fleets: reports of nodes, and the lists that launchers hand on."""

from __future__ import annotations

import contextlib
from functools import cache
from typing import Any

from doctor.core.errors import DoctorError
from scripts.fuzzing import seeds
from scripts.fuzzing.shared import scratch, shipped


def hosts(content: bytes) -> None:
    """What launchers hand on: a file of hosts, an expression that names nodes, a role."""
    from doctor.fleet.expectation import read_expectation
    from doctor.fleet.roll import read_role

    path = scratch() / "hosts.txt"
    path.write_bytes(content)
    text = content.decode("utf-8", "replace").replace("\0", "")
    for read, what in ((read_expectation, str(path)), (read_expectation, text), (read_role, f"head={text}")):
        with contextlib.suppress(DoctorError):
            read(what)


def fleet_stream(content: bytes) -> None:
    """Reports of nodes that follow each other on standard input."""
    import io

    from doctor.fleet.files import read_stream
    from doctor.fleet.merge import judge_fleet

    arrived = list(read_stream(io.BytesIO(content)))
    assert b"".join(item.content for item in arrived).strip() == content.strip()
    if arrived:
        judge_fleet(arrived, _fleet_terms())


@cache
def _fleet_terms() -> Any:
    """Only what compares nodes: the rules of single nodes are the matter of `snapshot`, and take most of the time."""
    from doctor.engine.catalogue import FLEET_TOPIC, select_for_fleet
    from doctor.fleet.merge import Terms

    _, fleet_rules, _ = select_for_fleet((FLEET_TOPIC,))
    return Terms(rules=(), fleet_rules=fleet_rules, matrix=shipped())


def fleet(content: bytes) -> None:
    """The report of a node, beside a sound one."""
    from doctor.core.fleet.members import Arrival, NodeState
    from doctor.fleet.merge import judge_fleet

    sound = Arrival(node="sound", state=NodeState.ANSWERED, content=next(iter(seeds.snapshots())))
    other = Arrival(node="other", state=NodeState.ANSWERED, content=content)
    report = judge_fleet([sound, other], _fleet_terms())
    if len(report.nodes) != 2:
        raise AssertionError("a node is lost")
