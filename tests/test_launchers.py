"""The launchers of a fleet, run for real: ssh to a server of its own, and nodes that are processes with a host name."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from doctor.intake.snapshot import read_snapshot
from doctor.portable.build import as_zipapp

EXAMPLES = Path(__file__).resolve().parents[1] / "examples" / "fleet"
SERVER = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
DOCTOR = str(Path(sys.executable).parent / "doctor")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def ssh(tmp_path: Path) -> Iterator[str]:
    """A command that reaches this machine over ssh, under any name but that of a host that is not there."""
    if SERVER is None or shutil.which("ssh") is None:
        pytest.skip("there is no OpenSSH on this machine")
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # sshd of Debian separates its privileges there
    keys = tmp_path / "keys"
    keys.mkdir(mode=0o700)
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(keys / name)], check=True)
    port = free_port()
    (keys / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {keys}/host\nAuthorizedKeysFile {keys}/user.pub\n"
        "StrictModes no\nUsePAM no\nPermitRootLogin yes\nPasswordAuthentication no\nPidFile none\n"
    )
    (keys / "ssh_config").write_text(
        f"Host gone\n Port {free_port()}\nHost *\n HostName 127.0.0.1\n Port {port}\n User {getpass.getuser()}\n"
        f" IdentityFile {keys}/user\n StrictHostKeyChecking no\n UserKnownHostsFile /dev/null\n LogLevel ERROR\n"
    )
    server = subprocess.Popen([SERVER, "-D", "-e", "-f", str(keys / "sshd_config")], stderr=subprocess.PIPE)
    try:
        _wait_for(port, server)
        yield f"ssh -F {keys}/ssh_config -o BatchMode=yes"
    finally:
        server.terminate()
        server.wait(timeout=10)


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        with socket.socket() as connection:
            if connection.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert server.poll() is None, server.stderr and server.stderr.read()
        time.sleep(0.05)
    raise AssertionError("the ssh server does not answer")


def test_ssh_brings_a_report_of_each_host_that_answers(ssh: str, tmp_path: Path) -> None:
    """And the verdict names the one that does not."""
    (tmp_path / "hosts.txt").write_text("# the fleet\none slots=8\ngone\n")
    environ = {
        **os.environ,
        "SSH": ssh,
        "DOCTOR": DOCTOR,
        "REMOTE_PYTHON": sys.executable,
        "REPORTS": str(tmp_path / "reports"),
    }
    command = [str(EXAMPLES / "ssh.sh"), str(tmp_path / "hosts.txt"), "--python", sys.executable]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=120)
    assert read_snapshot(tmp_path / "reports" / "one.json").target == sys.executable
    assert not (tmp_path / "reports" / "gone.json").exists()
    assert "gone: no report" in done.stderr
    assert done.returncode == 1
    assert "FLT001" in done.stdout
    assert "gone" in done.stdout


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[list[subprocess.Popen[str]]]:
    """Two processes of the script, each under a host name of its own, with `echo` in the place of vLLM."""
    (tmp_path / "probe.pyz").write_bytes(as_zipapp())
    if subprocess.run(["unshare", "--user", "--map-root-user", "--uts", "true"], capture_output=True).returncode:
        pytest.skip("this machine gives no process a host name of its own")
    (tmp_path / "vllm").write_text('#!/bin/sh\necho started: "$@"\n')
    (tmp_path / "vllm").chmod(0o755)
    started: list[subprocess.Popen[str]] = []
    yield started
    for node in started:
        node.kill()
        node.wait(timeout=10)


def start(tmp_path: Path, rank: int, **changes: str) -> subprocess.Popen[str]:
    environ = {
        **os.environ,
        **{"NODES": "2", "NODE_RANK": str(rank), "HEAD": "127.0.0.1", "RUN": "one", "SHARED": str(tmp_path)},
        **{"VLLM": str(tmp_path / "vllm"), "PYTHON": sys.executable, "DOCTOR": DOCTOR, "PATIENCE": "100"},
        **changes,
    }
    script = [str(EXAMPLES / "vllm-multi-node.sh"), "a/model", "--max-model-len", "512"]
    alone = ["unshare", "--user", "--map-root-user", "--uts", "sh", "-c", f'hostname node{rank} && exec "$@"', "sh"]
    return subprocess.Popen([*alone, *script], env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_no_node_starts_where_the_verdict_is_bad(nodes: list[subprocess.Popen[str]], tmp_path: Path) -> None:
    """One node names an interface that it does not have."""
    nodes += [start(tmp_path, 0), start(tmp_path, 1, NCCL_SOCKET_IFNAME="ib7")]
    ends = [node.communicate(timeout=200) for node in nodes]
    assert {node.returncode for node in nodes} == {int((tmp_path / "doctor-one" / "verdict").read_text())} != {0}
    assert not any("started" in output for output, _ in ends)
    assert {path.name for path in (tmp_path / "doctor-one").glob("*.json")} == {"node0.json", "node1.json"}
    assert "ib7" in ends[0][0]


@pytest.mark.parametrize(
    ("script", "argument", "said"),
    [
        ("ssh.sh", "gone.txt", "gone.txt cannot be read"),
        ("kubernetes.sh", "job", "job is neither job/NAME nor daemonset/NAME"),
    ],
)
def test_a_wrong_argument_is_told_before_anything_is_made(
    tmp_path: Path, script: str, argument: str, said: str
) -> None:
    command = ["bash", str(EXAMPLES / script), argument]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert said in done.stderr
    assert not list(tmp_path.iterdir())
