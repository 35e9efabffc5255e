#!/usr/bin/env python3
"""Measure what the verdict on a fleet costs: time and memory at 100, 1,000 and 10,000 nodes.

The snapshots are made from a recorded one (`--snapshot`, or of the interpreter that runs this): filled up to 300
packages and eight GPUs, with what differs on every node of a sound fleet (names, addresses, serial numbers, free
memory), and with drift on every fiftieth node. Each size runs in a process of its own. With --write the table goes to
docs/fleet.md.
"""

from __future__ import annotations

import argparse
import copy
import datetime
import json
import os
import platform
import re
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a file, too

from doctor.cli.fleet.terms import load_terms
from doctor.core.fleet.members import Arrival
from doctor.core.report import Severity
from doctor.fleet.files import arrivals, find_reports
from doctor.fleet.merge import judge_fleet

ROOT = Path(__file__).resolve().parents[1]
SIZES = (100, 1_000, 10_000)
PACKAGES, GPUS, DRIFT = 300, 8, 50
SOURCE = {"kind": "nvml", "where": "measure_fleet", "line": None}
MARK = "@@@"
"""Stands where a node's number goes."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--snapshot", type=Path, help="the recorded snapshot; default: one of this interpreter")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--files", type=Path, help="a folder: write the reports there and read them from the disk")
    parser.add_argument("--write", action="store_true", help="write docs/fleet.md")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one, Template(json.loads(options.snapshot.read_text())), options.files)))
        return 0
    recorded = options.snapshot or record()
    rows = [run(size, recorded, options.files) for size in options.sizes]
    text = table(rows)
    print(text)
    if options.write:
        (ROOT / "docs" / "fleet.md").write_text(page(text, rows), encoding="utf-8")
    return 0


def record() -> Path:
    path = Path(os.environ.get("TMPDIR", "/tmp")) / "measure-fleet.json"
    subprocess.run([sys.executable, "-m", "doctor", "snapshot", "--python", sys.executable, "-o", path], check=True)
    return path


def run(size: int, recorded: Path, files: Path | None) -> dict[str, Any]:
    command = [sys.executable, __file__, "--snapshot", str(recorded), "--one", str(size)]
    command += ["--files", str(files)] if files else []
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


class Template:
    """The report of a node in which its number is a mark, and of one that has drifted."""

    def __init__(self, snapshot: dict[str, Any]) -> None:
        self.sound = text_of(filled(snapshot))
        self.drifted = text_of(drifted(filled(snapshot)))

    def report(self, number: int) -> bytes:
        template = self.drifted if number % DRIFT == DRIFT - 1 else self.sound
        return template.replace(MARK.encode(), f"{number:05d}".encode())


def text_of(snapshot: dict[str, Any]) -> bytes:
    return json.dumps(snapshot).replace(f'"{MARK}MIB"', f"1{MARK}").encode()


def filled(snapshot: dict[str, Any]) -> dict[str, Any]:
    made = copy.deepcopy(snapshot)
    facts = made["facts"]
    packages = facts["distributions"]["known"]
    recorded = len(packages)
    for number in range(recorded, PACKAGES):
        packages.append({**packages[number % recorded], "name": f"package-{number}", "top_level": []})
    facts["host"]["known"] |= {
        "name": f"node{MARK}",
        "resolves_to": known([f"10.0.0.{MARK}"]),
        "route_address": known(f"10.0.0.{MARK}"),
        "boot_id": known(f"boot-{MARK}"),
    }
    card = {"name": "eth0", "up": True, "running": True, "loopback": False, "addresses": [f"10.0.0.{MARK}"]}
    facts["interfaces"] = known([card])
    facts["memory"] = known({"total": 2_000_000, "available": f"{MARK}MIB", "limit": 0})
    facts["nvml"] = known({"fault": "", "detail": "", "hardware": []})
    facts["driver"] = known({"version": known("570.86.15"), "cuda": known("12.8"), "kernel_module": known("570.86.15")})
    facts["gpus"] = known([gpu(index) for index in range(GPUS)])
    return made


def gpu(index: int) -> dict[str, Any]:
    values = {
        "uuid": f"GPU-{MARK}-{index}",
        "name": "NVIDIA H100 80GB HBM3",
        "capability": "9.0",
        "memory_total": 81559,
        "memory_free": f"{MARK}MIB",
        "memory_used": 559,
        "mig": False,
        "ecc_errors": 0,
        "throttling": [],
        "persistence": True,
        "compute_mode": "Default",
        "processes": [],
        "links": [],
        "bus_id": f"00000000:{index:02X}:00.0",
    }
    facts = {name: known(value) for name, value in values.items()}
    return {"index": index, **facts, "mig_devices": {"absent": "", "source": SOURCE}, "fault": ""}


def drifted(snapshot: dict[str, Any]) -> dict[str, Any]:
    facts = snapshot["facts"]
    for item in facts["distributions"]["known"][:12]:
        item["version"] = "0.0.1"
    facts["driver"]["known"]["version"] = known("550.54.14")
    return snapshot


def known(value: object) -> dict[str, Any]:
    return {"known": value, "source": SOURCE}


def measure(size: int, template: Template, files: Path | None) -> dict[str, Any]:
    terms = load_terms()
    stream = from_disk(size, template, files) if files else made(size, template)
    before = peak()
    wall, cpu = time.perf_counter(), time.process_time()
    report = judge_fleet(stream, terms)
    return {
        "nodes": size,
        "bytes": len(template.sound),
        "wall": time.perf_counter() - wall,
        "cpu": time.process_time() - cpu,
        "peak": peak(),
        "before": before,
        "findings": len(report.findings()),
        "exit": report.exit_code(Severity.ERROR),
        "disk": files is not None,
        "load": os.getloadavg()[0],
    }


def made(size: int, template: Template) -> Iterator[Arrival]:
    for number in range(size):
        yield Arrival(node=f"node{number:05d}", content=template.report(number))


def from_disk(size: int, template: Template, folder: Path) -> Iterator[Arrival]:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(size):
        path = folder / f"node{number:05d}.json"
        if not path.exists():
            path.write_bytes(template.report(number))
    return arrivals(find_reports([str(folder)])[:size])


def peak() -> float:
    """The largest resident set of this process so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def table(rows: list[dict[str, Any]]) -> str:
    lines = [
        "| Nodes | Wall | CPU | CPU a node | Peak memory | of that before the first report | Findings |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for row in rows:
        each = row["cpu"] / row["nodes"] * 1000
        lines.append(
            f"| {row['nodes']:,} | {row['wall']:.1f} s | {row['cpu']:.1f} s | {each:.2f} ms | {row['peak']:.0f} MiB "
            f"| {row['before']:.0f} MiB | {row['findings']} |"
        )
    return "\n".join(lines)


def page(text: str, rows: list[dict[str, Any]]) -> str:
    processor = next(iter(re.findall(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())), platform.machine())
    where = "read from disk" if rows[0]["disk"] else "made one by one as a launcher would hand them over"
    return f"""# What the verdict on a fleet costs

Written by `scripts/measure_fleet.py --write` on {datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d}, Python
{platform.python_version()}, one process, on {os.cpu_count()} cores ({processor}), shared: the load of the machine was
{max(row["load"] for row in rows):.0f} then, so that the CPU time says more than the wall time.

Reports of {rows[0]["bytes"] / 1024:.0f} KiB with {PACKAGES} packages and {GPUS} GPUs, {where}; names,
addresses, serial numbers and free memory differ on every node, and every {DRIFT}th node has another driver and twelve
packages of other versions. All rules are applied to each node.

{text}

Each fact is decoded once for all nodes that have the same, each rule judged once for each combination of the facts that
it reads, and no snapshot is kept: time and memory grow with the number of nodes, not with the size of what they have in
common.
"""


if __name__ == "__main__":
    sys.exit(main())
