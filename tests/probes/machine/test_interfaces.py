from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from doctor.core.fleet.node import INTERFACES, Interface
from doctor.probes.machine.interfaces import find
from tests.probes.machine.probing import target_of, value_of

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="interfaces are read on Linux only")

# A namespace of its own has a loopback that is down; bringing it up and adding a pair needs no other privilege.
IN_A_NAMESPACE = """
ip link set lo up && ip link add one type veth peer name two && ip link set one up &&
ip address add 10.1.2.3/24 dev one && ip address add fd00::7/64 dev one nodad && exec "$0" -c "$1"
"""
PRINT = "from doctor.probes.machine.interfaces import read_interfaces; print(*read_interfaces(), sep='\\n')"


def interfaces() -> dict[str, Interface]:
    return {item.name: item for item in value_of(find(target_of()), INTERFACES)}


def test_every_interface_of_the_system_is_listed():
    assert set(interfaces()) == {name for _, name in socket.if_nameindex()}


def test_the_loopback_has_its_address():
    loopback = interfaces()["lo"]
    assert loopback.loopback
    assert not loopback.up or "127.0.0.1" in loopback.addresses


def test_addresses_and_states_in_a_network_of_its_own():
    command = ["unshare", "--user", "--map-root-user", "--net", "sh", "-c", IN_A_NAMESPACE, sys.executable, PRINT]
    done = subprocess.run(command, capture_output=True, text=True, cwd=os.getcwd(), timeout=30)
    if done.returncode and not done.stdout:
        pytest.skip(f"no network namespace can be made here: {done.stderr.strip()[-100:]}")
    lines = done.stdout.splitlines()
    one = next(line for line in lines if "'one'" in line)
    assert "up=True" in one
    assert "running=False" in one  # its peer is down, so it has no carrier
    assert "10.1.2.3" in one
    assert "fd00::7" in one
    assert "up=False" in next(line for line in lines if "'two'" in line)
    assert "loopback=True" in next(line for line in lines if "'lo'" in line)
