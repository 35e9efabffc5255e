from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

from doctor.core.fact import Absent, Known, Reason, Unknown
from doctor.core.fleet.node import HOST, Host
from doctor.probes.machine.host import find, resolve
from tests.probes.machine.probing import target_of, value_of, write

CONTAINER = "3f" * 32


def host(root: Path, environ: dict[str, str] | None = None) -> Host:
    found = value_of(find(target_of(environ), root=root), HOST)
    assert isinstance(found, Host)
    return found


def test_this_node():
    found = host(Path("/"))
    assert found.name == socket.gethostname()
    assert not isinstance(found.route_address, Unknown)
    boot_id = Path("/proc/sys/kernel/random/boot_id")
    if boot_id.exists():
        assert isinstance(found.boot_id, Known)
        assert found.boot_id.value == boot_id.read_text().strip()


def test_localhost_resolves_to_the_loopback():
    fact = resolve("localhost")
    assert isinstance(fact, Known)
    assert {"127.0.0.1", "::1"} & set(fact.value)


def fails_with(number: int):
    def resolver(name: str) -> list[str]:
        raise socket.gaierror(number, "it says")

    return resolver


def test_a_name_that_nobody_knows_is_absent():
    assert isinstance(resolve("node-7", resolver=fails_with(socket.EAI_NONAME)), Absent)


def test_a_resolver_that_fails_for_now_is_unknown():
    fact = resolve("node-7", resolver=fails_with(socket.EAI_AGAIN))
    assert isinstance(fact, Unknown)
    assert fact.reason is Reason.FAILED


def test_a_name_that_cannot_be_written_in_dns_is_unknown():
    assert isinstance(resolve("x" * 70 + ".example"), (Unknown, Absent))


def test_a_resolver_that_hangs_is_not_waited_for():
    forever = threading.Event()

    def hang(name: str) -> list[str]:
        forever.wait()
        return []

    fact = resolve("node-7", resolver=hang, patience=0.05)
    forever.set()
    assert isinstance(fact, Unknown)
    assert fact.reason is Reason.TIMED_OUT


def test_an_address_is_named_once():
    assert resolve("node-7", resolver=lambda _: ["10.0.0.7", "10.0.0.7", "fd00::7"]) == Known(
        value=("10.0.0.7", "fd00::7"), source=resolve("node-7", resolver=lambda _: []).source
    )


@pytest.mark.parametrize(
    "files",
    [
        {"proc/self/cgroup": f"0::/system.slice/docker-{CONTAINER}.scope\n"},
        {"proc/self/cgroup": f"4:memory:/kubepods/burstable/pod12/{CONTAINER}\n0::/\n"},
        {
            "proc/self/cgroup": "0::/\n",
            "proc/self/mountinfo": "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
            f"823 800 8:1 /var/lib/docker/containers/{CONTAINER}/hostname /etc/hostname rw - ext4 /dev/sda1 rw\n",
        },
    ],
)
def test_a_container_is_known_by_its_control_group_or_its_mounts(tmp_path: Path, files: dict[str, str]):
    fact = host(write(tmp_path, files)).container_id
    assert isinstance(fact, Known)
    assert fact.value == CONTAINER


def test_a_plain_host_is_no_container(tmp_path: Path):
    layer = f"30 1 0:2 / /var/lib/docker/overlay2/{CONTAINER}/merged rw - overlay overlay rw\n"
    root = write(tmp_path, {"proc/self/cgroup": "0::/user.slice\n", "proc/self/mountinfo": layer})
    assert isinstance(host(root).container_id, Absent)


def test_an_unreadable_control_group_is_unknown(tmp_path: Path):
    (tmp_path / "proc/self/cgroup").mkdir(parents=True)
    assert isinstance(host(tmp_path).container_id, Unknown)


def test_an_image_is_what_the_environment_names(tmp_path: Path):
    assert isinstance(host(tmp_path).image, Absent)
    named = host(tmp_path, {"DOCTOR_CONTAINER_IMAGE": "vllm/vllm-openai@sha256:12"}).image
    assert isinstance(named, Known)
    assert named.value == "vllm/vllm-openai@sha256:12"
