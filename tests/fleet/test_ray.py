"""Asking a real Ray cluster of four nodes, one of which has an environment of its own."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("ray", reason="ray is not installed: pip install 'llm-stack-doctor[fleet]'")

from doctor.core.fleet.members import HEAD, NodeState
from tests.fleet.ray_asking import ABOUT, Asked, ask, assert_nothing_is_left, expected
from tests.fleet.ray_nodes import RayNodes

pytestmark = pytest.mark.usefixtures("within_the_limit")


def test_every_node_answers_once(nodes: RayNodes, healthy: Asked):
    assert healthy.states() == expected(nodes)
    assert [healthy.told(name)["name"] for name in healthy.arrivals] == list(healthy.arrivals)
    assert healthy.progress == [(settled, 4) for settled in range(5)]
    assert healthy.told("alpha")["arguments"] == ["--python", sys.executable, "two words"]


def test_the_cluster_tells_of_itself(nodes: RayNodes, healthy: Asked):
    import ray

    assert healthy.fleet.versions.ray == ray.__version__
    assert healthy.fleet.versions.python == sys.version.split()[0]
    assert {name: arrival.role for name, arrival in healthy.arrivals.items() if arrival.role} == {"head": HEAD}
    assert {arrival.origin for arrival in healthy.arrivals.values()} == {f"ray {nodes.address}"}
    assert {node.host for node in healthy.fleet.nodes.values()} == {socket.gethostname()}
    assert {arrival.node for arrival in healthy.arrivals.values()} > {"127.0.0.2", "127.0.0.3", "127.0.0.4"}
    assert {arrival.key for arrival in healthy.arrivals.values()} == set(healthy.fleet.nodes)


def test_a_node_answers_with_its_own_environment(healthy: Asked, elsewhere: Path):
    assert healthy.told("beta")["prefix"] == str(elsewhere.parent.parent)
    assert healthy.told("alpha")["prefix"] == sys.prefix
    assert healthy.told("beta")["environ"]["NCCL_SOCKET_IFNAME"] == "eth7"
    assert "NCCL_SOCKET_IFNAME" not in healthy.told("alpha")["environ"]
    assert "vllm" in healthy.told("beta")["packages"]


def test_nothing_of_ray_s_workers_is_taken_for_the_node_s(healthy: Asked):
    """They have variables and packages that no one has installed there."""
    alpha, gamma = healthy.told("alpha"), healthy.told("gamma")
    assert alpha["isolated"] == 1
    assert "OMP_NUM_THREADS" not in alpha["environ"]
    assert healthy.arrivals["alpha"].set_by["OMP_NUM_THREADS"] == "ray"
    assert gamma["environ"]["OMP_NUM_THREADS"] == "4", "that is gamma's own"
    assert "OMP_NUM_THREADS" not in healthy.arrivals["gamma"].set_by
    workers = [answer.paths for answer in healthy.fleet.answers.values()]
    assert all(any(path.endswith("thirdparty_files") for path in paths) for paths in workers)
    assert "colorama" not in alpha["packages"]


def test_another_interpreter_is_asked_for(nodes: RayNodes, elsewhere: Path):
    asked = ask(nodes, ABOUT, python=str(elsewhere.parent.parent))
    assert {asked.told(name)["prefix"] for name in asked.arrivals} == {str(elsewhere.parent.parent)}


BUSY = """
import sys, ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy as On
ray.init(address=sys.argv[1], log_to_driver=False, logging_level=40)

@ray.remote(num_cpus=1)
class Busy:
    def node(self):
        return ray.get_runtime_context().get_node_id()

actors = [Busy.options(scheduling_strategy=On(node["NodeID"], soft=False)).remote() for node in ray.nodes()]
print(len(set(ray.get([actor.node.remote() for actor in actors]))), flush=True)
sys.stdin.read()
"""


def test_nodes_without_a_free_processor_answer(nodes: RayNodes, healthy: Asked):
    with subprocess.Popen(
        [sys.executable, "-c", BUSY, nodes.address], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as busy:
        try:
            assert busy.stdout.readline() == b"4\n", "each node has one processor, and it is taken"
            assert set(ask(nodes, ABOUT).states().values()) == {NodeState.ANSWERED}
        finally:
            busy.kill()


def test_the_command_judges_what_the_nodes_answer(nodes: RayNodes, healthy: Asked, elsewhere: Path):
    """The probe that travels, on four nodes; what one of them has is not what the others have."""
    options = ["--timeout", "300", "--select", "FLT", "--format", "json", "--expect", "5"]
    done = subprocess.run(
        [sys.executable, "-m", "doctor", "fleet", "check", "--ray", nodes.address, *options],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done.stderr
    report = json.loads(done.stdout)
    assert {node["state"] for node in report["nodes"]} == {"answered"}
    assert {node["name"]: node["role"] for node in report["nodes"]} == {
        arrival.node: arrival.role or "worker" for arrival in healthy.arrivals.values()
    }
    found = json.dumps(report["outcomes"])
    assert "NCCL_SOCKET_IFNAME" in found
    assert "vllm" in found
    assert "4 of 4 nodes have answered" in done.stderr
    assert f"note: the cluster at {nodes.address} has Ray {healthy.fleet.versions.ray}, Python" in done.stderr
    assert "note: Ray sets for its workers, and the nodes do not: OMP_NUM_THREADS=1 (on 3)" in done.stderr
    assert_nothing_is_left(nodes)
