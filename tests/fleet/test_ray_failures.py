"""What can become of a node of a real cluster while it is asked."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

pytest.importorskip("ray", reason="ray is not installed: pip install 'llm-stack-doctor[fleet]'")

from doctor.core.fleet.members import NodeState
from tests.fleet.ray_asking import ABOUT, HANGS, LIMIT, ask, assert_nothing_is_left, expected, leftovers, only_on
from tests.fleet.ray_nodes import MARK, RayNodes, wait_until

pytestmark = pytest.mark.usefixtures("within_the_limit")


def test_an_interpreter_that_is_on_no_node(nodes: RayNodes):
    asked = ask(nodes, ABOUT, python="/srv/none/bin/python")
    assert set(asked.states().values()) == {NodeState.PROBE_FAILED}
    assert asked.arrivals["head"].detail == "/srv/none/bin/python cannot be started: No such file or directory"


FAILING = f"""
import os, signal, sys, time
name = os.environ["{MARK}"].partition(":")[2]
print("half an answer")
print("what", name, "said", file=sys.stderr, flush=True)
if name == "head":
    raise RuntimeError("a probe that is broken")
if name == "alpha":
    os.kill(os.getpid(), signal.SIGSEGV)
if name == "beta":
    os.kill(os.getppid(), signal.SIGKILL)
time.sleep(600)
"""


def test_ways_in_which_a_probe_fails(nodes: RayNodes, deadline: float):
    asked = ask(nodes, FAILING, deadline=deadline)
    assert set(asked.states().values()) == {NodeState.PROBE_FAILED}
    detail = {name: arrival.detail for name, arrival in asked.arrivals.items()}
    assert detail["head"].startswith("the probe ended with exit code 1: what head said\nTraceback")
    assert detail["head"].endswith("RuntimeError: a probe that is broken")
    assert detail["alpha"] == "the probe was ended by SIGSEGV: what alpha said"
    assert "worker" in detail["beta"]
    assert detail["gamma"] == f"it took longer than {deadline * 0.5:.0f} s\nwhat gamma said"
    assert {arrival.content for arrival in asked.arrivals.values()} == {b""}
    assert "\x1b" not in "".join(detail.values())
    assert_nothing_is_left(nodes)


def test_a_node_that_loses_its_power(nodes: RayNodes, tmp_path: Path):
    """The others have answered, and the one that died is told of at once, not at the deadline."""
    started = tmp_path / "started"
    program = only_on("gamma", f"open({str(started)!r}, 'w').close(); {HANGS}")
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(ask, nodes, program, deadline=LIMIT)
        wait_until(started.exists, "the probe does not start")
        nodes.remove("gamma")
        result = asked.result()
    assert result.states() == expected(nodes, gamma=NodeState.LOST)
    assert result.arrivals["gamma"].detail.startswith("Ray says that the node is dead: ")
    assert_nothing_is_left(nodes)

    wait_until(lambda: nodes.alive() == len(nodes.processes), "Ray does not notice that a node is gone")
    later = ask(nodes, "print('{}')")
    assert later.states() == expected(nodes), "it is asked no more"
    assert [(dead.address, dead.expected) for dead in later.fleet.dead] == [(result.arrivals["gamma"].address, False)]
    assert abs(later.fleet.dead[0].ended_at - time.time()) < 3600


def test_a_node_that_is_frozen(nodes: RayNodes, deadline: float):
    """Ray lists it as alive for more than a minute, and its task never ends."""
    nodes.signal("beta", signal.SIGSTOP)
    try:
        asked = ask(nodes, "print('{}')", deadline=deadline)
    finally:
        nodes.signal("beta", signal.SIGCONT)
    assert asked.states() == expected(nodes, beta=NodeState.NO_ANSWER)
    assert asked.arrivals["beta"].detail == (
        f"no answer within {deadline:g} s, though Ray lists the node as alive: it hangs, or cannot be reached"
    )
    assert asked.progress[-1] == (len(nodes.processes) - 1, len(nodes.processes))
    assert_nothing_is_left(nodes)


def test_ctrl_c_ends_the_waiting_and_what_came_is_judged(nodes: RayNodes):
    options = ["--timeout", str(LIMIT), "--select", "FLT", "--format", "json"]
    told = f"{len(nodes.processes) - 1} of {len(nodes.processes)} nodes"
    terminal, end = os.openpty()
    nodes.signal("beta", signal.SIGSTOP)
    try:
        with subprocess.Popen(
            [sys.executable, "-m", "doctor", "fleet", "check", "--ray", nodes.address, *options],
            stdout=subprocess.PIPE,
            stderr=end,
        ) as doctor:
            os.close(end)
            seen = b""
            while f"{told} have answered".encode() not in seen:
                seen += os.read(terminal, 1 << 16)
            doctor.send_signal(signal.SIGINT)
            report = json.loads(doctor.communicate()[0])
    finally:
        nodes.signal("beta", signal.SIGCONT)
    assert doctor.returncode == 130
    states = [(node["state"], node["detail"]) for node in report["nodes"] if node["state"] != "lost"]
    silent = ("no-answer", "the check was interrupted before it answered")
    assert sorted(states) == [("answered", "")] * (len(nodes.processes) - 1) + [silent]
    assert f"interrupted: what {told} answered is judged".encode() in os.read(terminal, 1 << 16)
    os.close(terminal)
    assert_nothing_is_left(nodes)


def test_whoever_asks_is_killed(nodes: RayNodes, tmp_path: Path):
    """No driver, task or program outlives a doctor that had no time to say good-bye."""
    script = f"""
from doctor.fleet.ray_engine import RayFleet
from doctor.fleet.ray_process import Question
fleet = RayFleet(Question(address={nodes.address!r}, program={HANGS.encode()!r}, deadline={LIMIT}))
list(fleet.arrivals())
"""
    with subprocess.Popen([sys.executable, "-c", script]) as doctor:
        wait_until(lambda: "/proc/self/fd/" in "".join(leftovers(nodes)), "no probe starts")
        doctor.kill()
    assert_nothing_is_left(nodes)
