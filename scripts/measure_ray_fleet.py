"""Ask a Ray cluster of many nodes on this machine for their snapshots, and measure it.

    python scripts/measure_ray_fleet.py --nodes 40

Every node is a `ray start` process of its own with its own raylet and agents, so the machine needs about
150 MB a node. All of them share its processors, which a cluster does not: the slope is what the workers and
probes cost that a cluster runs side by side. It prints the seconds until all have started, those until the verdict,
the memory of the driver and of doctor at their highest, and what is left of the check; the exit status is 1 when a
node has not answered.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a file, too

from tests.fleet.ray_nodes import MARK, RayNodes

TIMEOUT = 900.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, default=40)
    parser.add_argument("--at-once", type=int, default=4, help="how many start side by side")
    parser.add_argument("--runs", type=int, default=2, help="the first one starts the workers")
    given = parser.parse_args()
    cluster = RayNodes()
    try:
        started = time.monotonic()
        start(cluster, given.nodes, given.at_once)
        print(
            f"{given.nodes} nodes started in {time.monotonic() - started:.0f} s, {free():.1f} GiB are free", flush=True
        )
        codes = [check(cluster) for _ in range(given.runs)]
        time.sleep(3)
        left = [command for command in cluster.pids().values() if "raydriver" in command or "/proc/self/fd" in command]
        print(f"left of it: {len(left)} processes")
    finally:
        cluster.stop()
    return int(any(codes) or bool(left))


def start(cluster: RayNodes, count: int, at_once: int) -> None:
    """Start the nodes in groups: `ray start` gives up where a machine does too much at once."""
    cluster.start("head")
    cluster.wait()
    for first in range(1, count, at_once):
        for number in range(first, min(first + at_once, count)):
            cluster.start(f"node{number}")
        cluster.wait()


def check(cluster: RayNodes) -> int:
    """Run the command once; return 0 if every node has answered."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    began, watch = time.monotonic(), Watch(cluster)
    with watch:
        command = [
            sys.executable,
            "-m",
            "doctor",
            "fleet",
            "check",
            "--ray",
            cluster.address,
            "--timeout",
            str(TIMEOUT),
        ]
        done = subprocess.run([*command, "--select", "FLT"], capture_output=True, text=True, env=watch.environ())
    seconds = time.monotonic() - began
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = spent.ru_utime + spent.ru_stime - used.ru_utime - used.ru_stime
    answered = done.stderr.count(f"{len(cluster.processes)} of {len(cluster.processes)} nodes have answered")
    verdict = done.stdout.strip().splitlines()[-2:] if done.stdout else done.stderr.strip().splitlines()[-1:]
    print(
        f"verdict after {seconds:.1f} s, {processor:.1f} s of processor in doctor and driver, at most "
        f"{watch.driver / 1024:.0f} MB in the driver and {watch.doctor / 1024:.0f} MB in doctor; {' '.join(verdict)}",
        flush=True,
    )
    return 0 if answered else 1


class Watch(threading.Thread):
    """Looks at the memory of doctor and of its driver until it is told to stop; in KiB at their highest."""

    def __init__(self, cluster: RayNodes) -> None:
        super().__init__(daemon=True)
        self.cluster = cluster
        self.driver = self.doctor = 0
        self.over = threading.Event()

    def environ(self) -> dict[str, str]:
        return {**os.environ, MARK: f"{self.cluster.identity}:doctor"}

    def run(self) -> None:
        while not self.over.wait(0.2):
            for pid, command in self.cluster.pids("doctor").items():
                highest = peak(pid)
                if "raydriver" in command:
                    self.driver = max(self.driver, highest)
                else:
                    self.doctor = max(self.doctor, highest)

    def __enter__(self) -> Watch:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.join()


def peak(pid: int) -> int:
    """The most memory that a process has had, in KiB; 0 for one that is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


def free() -> float:
    """What the kernel thinks can be had, in GiB."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")) / 1024**2


if __name__ == "__main__":
    sys.exit(main())
