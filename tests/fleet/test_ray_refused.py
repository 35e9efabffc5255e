"""Why a cluster cannot be asked at all, with real ones and what looks like one."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("ray", reason="ray is not installed: pip install 'llm-stack-doctor[fleet]'")

from doctor.fleet.ray_address import RayError
from doctor.fleet.ray_engine import RayFleet
from doctor.fleet.ray_process import Question
from tests.fleet.ray_asking import ABOUT, ask, assert_nothing_is_left
from tests.fleet.ray_nodes import RayNodes

pytestmark = pytest.mark.usefixtures("within_the_limit")


HIDING = ("unshare", "--user", "--map-root-user", "--mount")


def can_hide_folders() -> bool:
    """Whether a process may have mounts of its own, which asks for no privilege but is forbidden in places."""
    if not shutil.which("unshare"):
        return False
    return subprocess.run([*HIDING, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True).returncode == 0


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
