"""Where a cluster is, as users write it; no cluster is needed to say that there is none."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from doctor.fleet.ray_address import RayError, look, resolve_address


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("10.0.0.7:6380", "10.0.0.7:6380"),
        ("head", "head:6379"),
        ("[fd00::7]", "[fd00::7]:6379"),
        ("[fd00::7]:6380", "[fd00::7]:6380"),
    ],
)
def test_an_address(given: str, address: str):
    assert resolve_address(given, {}) == address


@pytest.mark.parametrize(
    "given", ["", ":6379", "local", "local:1", "head:port", "head:0", "head:70000", "ray://head:10001"]
)
def test_what_is_no_address(given: str):
    """``local`` would have Ray start a cluster, and ray:// is another protocol."""
    with pytest.raises(RayError) as error:
        resolve_address(given, {})
    assert "8265" in error.value.hint


def test_the_cluster_of_this_machine(tmp_path: Path):
    current = tmp_path / "ray_current_cluster"
    current.write_text("10.0.0.7:6380\n")
    assert resolve_address("auto", {}, current) == "10.0.0.7:6380"
    assert resolve_address("auto", {"RAY_ADDRESS": "10.0.0.8:1234"}, current) == "10.0.0.8:1234"
    assert resolve_address("auto", {"RAY_ADDRESS": "auto"}, current) == "10.0.0.7:6380"


def test_no_cluster_on_this_machine(tmp_path: Path):
    with pytest.raises(RayError, match="no Ray cluster was started on this machine"):
        resolve_address("auto", {}, tmp_path / "none")


def test_nothing_listens():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(RayError, match=f"no Ray cluster listens at {address}: Connection refused"):
            look(address)


def test_a_host_that_does_not_exist():
    with pytest.raises(RayError, match=r"the host of --ray nobody\.invalid:6379 cannot be resolved"):
        look("nobody.invalid:6379")


def test_nobody_takes_the_connection():
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        with (
            socket.create_connection(server.getsockname()),
            pytest.raises(RayError, match=r"did not answer within 0\.2 s"),
        ):
            look(address, seconds=0.2)
