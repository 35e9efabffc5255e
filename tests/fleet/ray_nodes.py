"""A Ray cluster on this machine, of real `ray start` processes: a node can have its own environment, freeze and die."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
import venv
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ray._raylet import GcsClient

MARK = "DOCTOR_TEST_NODE"
"""A variable in the environment of all processes of a node, by which they are found."""

PATIENCE = 180.0
QUICK = {
    # Statistics of use go nowhere, and no worker starts before it is needed.
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_prestart_worker_first_driver": "0",
    "RAY_enable_worker_prestart": "0",
    # A node that a busy machine leaves no time is not dead; one that takes no connection is, soon.
    "RAY_health_check_timeout_ms": "60000",
    "RAY_health_check_period_ms": "1000",
    "OMP_NUM_THREADS": "",
}
START = ("-c", "import sys; from ray.scripts.scripts import main; sys.exit(main())", "start", "--block")
LIGHT = ("--num-cpus=1", "--object-store-memory=80000000", "--include-log-monitor=false", "--disable-usage-stats")


@dataclass
class RayNodes:
    """The nodes by name; the first one, ``head``, holds the GCS."""

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="ray-")))
    identity: str = field(default_factory=lambda: uuid.uuid4().hex)
    port: int = field(default_factory=lambda: _free_port())
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    started: list[str] = field(default_factory=list)
    commands: dict[str, tuple[list[str], dict[str, str]]] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def addresses(self) -> dict[str, str]:
        """The names of the nodes beside the head by their addresses."""
        names = [name for name in self.started if name != "head"]
        return {f"127.0.0.{number}": name for number, name in enumerate(names, 2)}

    def start(self, name: str, *, python: str = sys.executable, **variables: str) -> None:
        """Start a node in an environment of its own; `wait` says when it takes part."""
        # Nodes of one folder that start at once take the name of the same socket.
        place = self.folder / name
        self.started.append(name)
        role = ("--head", f"--port={self.port}", "--include-dashboard=false")
        member = (f"--address={self.address}", f"--node-ip-address=127.0.0.{len(self.started)}")
        environ = {key: value for key, value in os.environ.items() if not key.startswith("RAY_")}
        environ = {key: value for key, value in (environ | QUICK | variables).items() if value}
        command = [python, *START, *(role if name == "head" else member), *LIGHT, f"--temp-dir={place}"]
        self.commands[name] = command, environ | {MARK: f"{self.identity}:{name}"}
        self._start(name)

    def _start(self, name: str) -> None:
        command, environ = self.commands[name]
        with (self.folder / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(
                command, env=environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )

    def wait(self) -> None:
        """Wait until all that were started take part."""
        wait_until(lambda: _listens(self.port), "the GCS does not listen", self._logs)
        wait_until(self._complete, "not all nodes take part", self._logs)

    def _complete(self) -> bool:
        for name, process in self.processes.items():
            if process.poll() is not None and name != "head":
                # `ray start` gives a node 30 s, which is too little on a machine that has other things to do.
                self.signal(name, signal.SIGKILL)
                self._start(name)
        return self.alive() == len(self.processes)

    def alive(self) -> int:
        """How many nodes are alive as the GCS has it."""
        known = GcsClient(address=self.address).get_all_node_info(timeout=5)
        return sum(node.state == 0 for node in known.values())

    def pids(self, name: str = "") -> dict[int, str]:
        """The processes of one node, or of all, with their command lines."""
        found = {}
        for folder in Path("/proc").iterdir():
            if folder.name.isdecimal():
                try:
                    marked = f"{MARK}={self.identity}:{name}".encode() in (folder / "environ").read_bytes()
                    command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                except OSError:
                    continue
                if marked and command:
                    found[int(folder.name)] = command
        return found

    def signal(self, name: str, number: int, containing: str = "") -> None:
        """Send a signal to the processes of a node whose command line contains a text."""
        for pid, command in self.pids(name).items():
            if containing in command:
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    continue

    def remove(self, name: str) -> None:
        """Take the power from a node."""
        self.signal(name, signal.SIGKILL)
        self.processes.pop(name).wait()

    def set_metadata(self, **versions: str) -> dict[str, str]:
        """Have the GCS state other versions of the cluster; return those that it stated."""
        client = GcsClient(address=self.address)
        key, space = b"CLUSTER_METADATA", b"cluster"
        before = json.loads(client.internal_kv_get(key, namespace=space, timeout=5))
        client.internal_kv_put(key, json.dumps(before | versions).encode(), True, namespace=space, timeout=5)
        return before

    def stop(self) -> None:
        """End all processes and remove all files."""
        for name in list(self.processes):
            self.remove(name)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _logs(self) -> str:
        return "\n".join(f"{path.name}:\n{path.read_text()[-700:]}" for path in self.folder.glob("*.log"))


def other_environment(folder: Path, **distributions: str) -> Path:
    """An environment with the packages of this one and with distributions of its own; return its interpreter."""
    venv.create(folder, symlinks=True)
    site = next(folder.glob("lib/python3*/site-packages"))
    (site / "others.pth").write_text("\n".join(path for path in sys.path if path.endswith("site-packages")))
    for name, version in distributions.items():
        info = site / f"{name}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    return folder / "bin" / "python"


def wait_until(ready: Callable[[], bool], otherwise: str, more: Callable[[], str] = lambda: "") -> None:
    """Wait for something that must come."""
    ends_at = time.monotonic() + PATIENCE
    while not ready():
        assert time.monotonic() < ends_at, f"{otherwise} within {PATIENCE:g} s\n{more()}"
        time.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
