"""A real Ray cluster of four nodes, and all that can become of one while it is asked."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
import time
import venv
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

pytest.importorskip("ray", reason="ray is not installed: pip install 'llm-stack-doctor[fleet]'")

from doctor.core.fleet import HEAD, Arrival, NodeState
from doctor.fleet.ray_address import RayError
from doctor.fleet.ray_engine import RayFleet
from doctor.fleet.ray_process import Question
from tests.fleet.ray_nodes import MARK, RayNodes, other_environment, wait_until

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


HIDING = ("unshare", "--user", "--map-root-user", "--mount")


def can_hide_folders() -> bool:
    """Whether a process may have mounts of its own, which asks for no privilege but is forbidden in places."""
    if not shutil.which("unshare"):
        return False
    return subprocess.run([*HIDING, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True).returncode == 0


@dataclass
class Asked:
    """A cluster that was asked, and its arrivals by the names of the nodes."""

    fleet: RayFleet
    arrivals: dict[str, Arrival]
    progress: list[tuple[int, int]]

    def states(self) -> dict[str, NodeState]:
        return {name: arrival.state for name, arrival in self.arrivals.items()}

    def told(self, name: str) -> dict:
        return json.loads(self.arrivals[name].content)


def ask(
    nodes: RayNodes, program: str, watch: Callable[[Arrival], None] = lambda arrival: None, **more: object
) -> Asked:
    progress: list[tuple[int, int]] = []
    question = Question(address=nodes.address, program=program.encode(), **more)
    fleet = RayFleet(question, lambda settled, asked: progress.append((settled, asked)))
    arrivals: dict[str, Arrival] = {}
    for arrival in fleet.arrivals():
        name = nodes.addresses().get(arrival.address, "head")
        assert name not in arrivals, "a node has one arrival"
        arrivals[name] = arrival
        watch(arrival)
    return Asked(fleet, arrivals, progress)


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


@pytest.fixture(autouse=True)
def within_the_limit() -> Iterator[None]:
    def give_up(number: int, frame: object) -> None:
        raise TimeoutError(f"the test took longer than {LIMIT} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(LIMIT)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return other_environment(tmp_path_factory.mktemp("elsewhere"), vllm="0.0.1")


@pytest.fixture(scope="module")
def nodes(elsewhere: Path) -> Iterator[RayNodes]:
    cluster, monkeypatch = RayNodes(), pytest.MonkeyPatch()
    try:
        cluster.start("head")
        cluster.start("alpha")
        cluster.start("beta", python=str(elsewhere), NCCL_SOCKET_IFNAME="eth7")
        cluster.start("gamma", OMP_NUM_THREADS="4")
        cluster.wait()
        # By this the drivers are found among the processes of the machine.
        monkeypatch.setenv(MARK, f"{cluster.identity}:driver")
        yield cluster
    finally:
        monkeypatch.undo()
        cluster.stop()
    assert cluster.pids() == {}


@pytest.fixture(scope="module")
def healthy(nodes: RayNodes) -> Asked:
    return ask(nodes, ABOUT, arguments=("--python", "{python}", "two words"))


@pytest.fixture(scope="module")
def deadline(nodes: RayNodes, healthy: Asked) -> float:
    """Seconds that are enough on this machine, as it is now, for a node that answers."""
    began = time.monotonic()
    ask(nodes, "print('{}')")
    return max(8.0, 3 * (time.monotonic() - began))


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
    assert {arrival.node for arrival in healthy.arrivals.values()} == {socket.gethostname()}
    assert len({arrival.key for arrival in healthy.arrivals.values()}) == 4, "four nodes of one host are told apart"


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


@contextmanager
def stating(nodes: RayNodes, **versions: str) -> Iterator[None]:
    """A GCS that states other versions of its cluster."""
    before = nodes.set_metadata(**versions)
    try:
        yield
    finally:
        nodes.set_metadata(**before)


def test_another_release_of_ray(nodes: RayNodes):
    with stating(nodes, ray_version="2.9.3", python_version="3.9.1"), pytest.raises(RayError) as error:
        ask(nodes, ABOUT)
    import ray

    assert error.value.message == (
        f"the cluster at {nodes.address} has Ray 2.9.3 with Python 3.9.1; {sys.executable} has Ray {ray.__version__} "
        f"with Python {sys.version.split()[0]}, and Ray lets no other version in"
    )
    assert "--ray-python" in error.value.hint
    assert_nothing_is_left(nodes)


def test_another_python(nodes: RayNodes):
    with stating(nodes, python_version="3.99.1"), pytest.raises(RayError, match=r"with Python 3\.99\.1;"):
        ask(nodes, ABOUT)


def test_a_driver_without_ray(nodes: RayNodes, tmp_path: Path):
    venv.create(tmp_path / "bare", symlinks=True)
    with pytest.raises(RayError) as error:
        ask(nodes, ABOUT, driver=tmp_path / "bare" / "bin" / "python")
    assert error.value.message == f"Ray is not installed for {tmp_path}/bare/bin/python"
    assert "llm-stack-doctor[fleet]" in error.value.hint


def test_a_driver_that_is_no_interpreter(nodes: RayNodes, tmp_path: Path):
    with pytest.raises(RayError, match=r"none cannot be started: No such file or directory"):
        ask(nodes, ABOUT, driver=tmp_path / "none")


@pytest.mark.skipif(not can_hide_folders(), reason="no namespace of mounts may be made here")
def test_a_machine_that_is_no_node(nodes: RayNodes, tmp_path: Path):
    """It reaches the GCS, and has no raylet of the cluster: Ray would be aborted in C++ after eleven seconds."""
    driver = tmp_path / "python"
    driver.write_text(
        f'#!/bin/sh\nexec {" ".join(HIDING)} sh -c \'mount -t tmpfs none {nodes.folder} && exec "$0" "$@"\' '
        f'{sys.executable} "$@"\n'
    )
    driver.chmod(0o755)
    with pytest.raises(RayError) as error:
        ask(nodes, ABOUT, driver=driver)
    assert error.value.message.startswith(f"this machine is no node of the cluster at {nodes.address}")
    assert socket.gethostname() in error.value.hint


def test_something_else_listens(monkeypatch: pytest.MonkeyPatch):
    # The driver's own limit is 20 s.
    monkeypatch.setenv("RAY_py_gcs_connect_timeout_s", "1")
    monkeypatch.setenv("RAY_gcs_rpc_server_connect_timeout_s", "1")
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(RayError) as error:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        list(RayFleet(Question(address=address, program=b"")).arrivals())
    assert error.value.message.startswith(f"what listens at {address} is not the GCS of a Ray cluster")


def test_the_gcs_dies(nodes: RayNodes, deadline: float, tmp_path: Path):
    """Ray would end its driver after a minute with all that it has heard; what came until then is kept.

    The last of the tests: the cluster does not live on.
    """
    started = tmp_path / "started"
    program = only_on("beta", f"open({str(started)!r}, 'w').close(); {HANGS}")

    answered = []

    def kill(arrival: Arrival) -> None:
        answered.append(arrival)
        if len(answered) < len(nodes.processes) - 1:
            return
        wait_until(started.exists, "the probe does not start")
        nodes.signal("beta", signal.SIGSTOP)
        nodes.signal("head", signal.SIGKILL, "gcs_server")

    asked = ask(nodes, program, watch=kill, deadline=deadline + 8)
    assert asked.states() == expected(nodes, beta=NodeState.NO_ANSWER)
    assert asked.arrivals["beta"].detail.endswith("is not known: the cluster's GCS has stopped to answer")
    nodes.signal("beta", signal.SIGCONT)
    assert_nothing_is_left(nodes)
