"""One Ray cluster for all tests that need one; it takes seconds to start."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.fleet.ray_asking import Asked
    from tests.fleet.ray_nodes import RayNodes


@pytest.fixture
def within_the_limit() -> Iterator[None]:
    from tests.fleet.ray_asking import LIMIT

    def give_up(number: int, frame: object) -> None:
        raise TimeoutError(f"the test took longer than {LIMIT} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(LIMIT)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="package")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("ray", reason="ray is not installed: pip install 'llm-stack-doctor[fleet]'")
    from tests.fleet.ray_nodes import other_environment

    return other_environment(tmp_path_factory.mktemp("elsewhere"), vllm="0.0.1")


@pytest.fixture(scope="package")
def nodes(elsewhere: Path) -> Iterator[RayNodes]:
    from tests.fleet.ray_nodes import MARK, RayNodes

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


@pytest.fixture(scope="package")
def healthy(nodes: RayNodes) -> Asked:
    from tests.fleet.ray_asking import ABOUT, ask

    return ask(nodes, ABOUT, arguments=("--python", "{python}", "two words"))


@pytest.fixture(scope="package")
def deadline(healthy: Asked) -> float:
    """Seconds that are enough on this machine, as it is now, for a node that answers."""
    return max(8.0, 3 * healthy.seconds)
