"""Asking a cluster of the tests, and looking at what is left of it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from doctor.core.fleet.members import Arrival, NodeState
from doctor.fleet.ray_engine import RayFleet
from doctor.fleet.ray_process import Question
from tests.fleet.ray_nodes import MARK, RayNodes, wait_until

LIMIT = 300
"""Seconds for a test: what goes wrong with Ray hangs."""

ABOUT = f"""
import importlib.metadata, json, os, sys
print(json.dumps({{
    "name": os.environ["{MARK}"].partition(":")[2],
    "prefix": sys.prefix,
    "isolated": sys.flags.isolated,
    "arguments": sys.argv[1:],
    "environ": dict(os.environ),
    "packages": sorted(found.name for found in importlib.metadata.distributions()),
}}))
"""
HANGS = "import time; time.sleep(600)"


@dataclass
class Asked:
    """A cluster that was asked, and its arrivals by the names of the nodes."""

    fleet: RayFleet
    arrivals: dict[str, Arrival]
    progress: list[tuple[int, int]]
    seconds: float

    def states(self) -> dict[str, NodeState]:
        return {name: arrival.state for name, arrival in self.arrivals.items()}

    def told(self, name: str) -> dict:
        return json.loads(self.arrivals[name].content)


def ask(
    nodes: RayNodes, program: str, watch: Callable[[Arrival], None] = lambda arrival: None, **more: object
) -> Asked:
    began = time.monotonic()
    progress: list[tuple[int, int]] = []
    question = Question(address=nodes.address, program=program.encode(), **more)
    fleet = RayFleet(question, lambda settled, asked: progress.append((settled, asked)))
    arrivals: dict[str, Arrival] = {}
    for arrival in fleet.arrivals():
        name = nodes.addresses().get(arrival.address, "head")
        assert name not in arrivals, "a node has one arrival"
        arrivals[name] = arrival
        watch(arrival)
    return Asked(fleet, arrivals, progress, time.monotonic() - began)


def only_on(name: str, program: str, otherwise: str = "print('{}')") -> str:
    """A program that does something on one node, and something else on all others."""
    return f"import os\nexec({program!r} if os.environ['{MARK}'].endswith(':{name}') else {otherwise!r})"


def expected(nodes: RayNodes, **others: NodeState) -> dict[str, NodeState]:
    """What is to come of the nodes that live, and of others."""
    return dict.fromkeys(nodes.processes, NodeState.ANSWERED) | others


def leftovers(nodes: RayNodes) -> list[str]:
    """What still runs of a check: drivers, tasks, and the programs that these started."""
    ours = ("raydriver", "doctor fleet check", "/proc/self/fd/")
    return [command for command in nodes.pids().values() if any(part in command for part in ours)]


def assert_nothing_is_left(nodes: RayNodes) -> None:
    wait_until(lambda: not leftovers(nodes), "processes are left", lambda: "\n".join(leftovers(nodes)))
