"""The cluster's GCS dies while its nodes are asked; no test of the cluster can come after it."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

pytest.importorskip("ray", reason="ray is not installed: pip install 'llm-stack-doctor[fleet]'")

from doctor.core.fleet.members import Arrival, NodeState
from tests.fleet.ray_asking import HANGS, ask, assert_nothing_is_left, expected, only_on
from tests.fleet.ray_nodes import RayNodes, wait_until

pytestmark = pytest.mark.usefixtures("within_the_limit")


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
