"""What is made of a Ray driver that refuses, dies or hangs: a real process that tells what the test has it tell."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from doctor.core.fleet.members import Arrival, NodeState
from doctor.fleet.ray_address import RayError
from doctor.fleet.ray_engine import RayFleet
from doctor.fleet.ray_notes import notes
from doctor.fleet.ray_process import Question
from doctor.fleet.ray_records import Answer, Asked, Dead, Failed, Node, Record, Refused, Versions

ALPHA = Node(key="a", host="alpha", address="10.0.0.1", head=True, cpus=8, gpus=0)
BETA = Node(key="b", host="beta", address="10.0.0.2", head=False, cpus=8, gpus=2)
NODES = (ALPHA, BETA, Asked(count=2))
HANG = "import time; time.sleep(60)"
KILLED = "os.kill(os.getpid(), 9)"
FAILS = "sys.exit('the\\nraylet is gone')"


@pytest.fixture
def address() -> Iterator[str]:
    """Where something listens, as the GCS of a cluster does."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture
def fleet(address: str, tmp_path: Path):
    """A fleet whose driver tells these records and then does something."""

    def make(*records: Record, then: str = "", deadline: float = 60.0, **options: Any) -> RayFleet:
        told = b"".join(msgspec.json.encode(record) + b"\n" for record in records)
        driver = tmp_path / "python"
        driver.write_text(f"#!{sys.executable} -IS\nimport os, sys\nos.write(int(sys.argv[2]), {told!r})\n{then}\n")
        driver.chmod(0o755)
        return RayFleet(Question(address=address, program=b"", driver=driver, deadline=deadline), **options)

    return make


def answer(node: Node, **changes: Any) -> Answer:
    sound = Answer(key=node.key, code=0, output="", errors="", interpreter="", python="3.12.1", set_by={}, paths=[])
    return msgspec.structs.replace(sound, **changes)


def details(arrivals: Iterator[Arrival]) -> dict[str, tuple[NodeState, str]]:
    return {arrival.node: (arrival.state, arrival.detail) for arrival in arrivals}


@pytest.mark.parametrize(
    ("then", "how"),
    [(FAILS, "it ended with exit code 1; it last wrote: raylet is gone"), (KILLED, "it ended by SIGKILL"), ("", "0")],
)
def test_one_that_ends_before_it_knows_a_node(fleet, address, then, how):
    with pytest.raises(RayError) as caught:
        list(fleet(then=then).arrivals())
    assert caught.value.message.startswith(f"the Ray driver told of no node of the cluster at {address}: it ended ")
    assert caught.value.message.endswith(how)


def test_one_that_knows_no_node_when_the_time_is_over(fleet, address):
    with pytest.raises(RayError) as caught:
        list(fleet(then=HANG, deadline=0.3).arrivals())
    assert caught.value.message == f"the cluster at {address} let no driver in within 0.3 s"
    assert "--timeout" in caught.value.hint


def test_a_cluster_that_lets_nobody_in(fleet, address):
    with pytest.raises(RayError, match=f"the cluster at {address} cannot be joined: no redis"):
        list(fleet(Refused(reason="failed", detail="no redis")).arrivals())


def test_one_that_ends_before_all_have_answered_costs_the_others_only(fleet):
    told = details(fleet(*NODES, answer(BETA, code=-11), then=KILLED).arrivals())
    assert told["beta"] == (NodeState.PROBE_FAILED, "the probe was ended by SIGSEGV, and wrote nothing to stderr")
    gone = "the Ray driver went away before the node answered: it ended by SIGKILL"
    assert told["alpha"] == (NodeState.NO_ANSWER, gone)


def test_an_error_of_ray_is_that_of_its_node(fleet):
    told = details(fleet(*NODES, answer(ALPHA, code=1), Failed(key="b", detail="OutOfMemoryError")).arrivals())
    assert told["beta"] == (NodeState.PROBE_FAILED, "OutOfMemoryError")


def test_what_is_interrupted_before_there_is_a_node_has_nothing_to_judge(fleet):
    read, write = os.pipe()
    try:
        os.write(write, b"!")
        with pytest.raises(KeyboardInterrupt):
            list(fleet(then=HANG, stop=read).arrivals())
    finally:
        os.close(read)
        os.close(write)


def test_notes_tell_of_other_pythons_and_of_nodes_that_died_today(fleet, address):
    now = time.time()
    gone = Dead(key="c", host="gamma", address="10.0.0.3", detail="", expected=False, ended_at=now - 300)
    dead = [
        gone,
        msgspec.structs.replace(gone, host="delta", address="10.0.0.4", detail="OOM", ended_at=now - 4 * 3600),
        msgspec.structs.replace(gone, host="of-yesterday", ended_at=now - 2 * 86400),
        msgspec.structs.replace(gone, host="drained", expected=True),
        msgspec.structs.replace(gone, host="came-back", address=ALPHA.address),
    ]
    set_by = {"OMP_NUM_THREADS": "1", "RAY_JOB_ID": "01"}
    answers = (answer(ALPHA, python="3.12.1", set_by=set_by, code=1), answer(BETA, python="3.11.9", code=1))
    asked = fleet(Versions(ray="2.50.0", python="3.12.1"), *dead, *NODES, *answers)
    assert len(details(asked.arrivals())) == 2
    assert list(notes(asked)) == [
        f"the cluster at {address} has Ray 2.50.0, Python 3.12.1; 2 nodes alive with 16 CPUs and 2 GPUs",
        "on 1 of the nodes Ray runs with Python 3.11.9",
        "Ray lists gamma (10.0.0.3) as dead since 5 min: it gives no reason",
        "Ray lists delta (10.0.0.4) as dead since 4 h: OOM",
        "Ray sets for its workers, and the nodes do not: OMP_NUM_THREADS=1 (on 1)",
    ]
