"""Measure the time and the memory that doctor takes for large inputs of every kind.

    python scripts/measure_inputs.py --write docs/inputs.md

One process each, from a start of Python to its end. `--part` picks some of them, `--megabytes` other sizes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a file, too

from scripts.benchmarking.measurement import Tool, measure
from scripts.benchmarking.peers import install_doctor
from scripts.make_environments import find_tools

ROOT = Path(__file__).resolve().parents[1]

HEAD = """\
# Large inputs

Written by `python scripts/measure_inputs.py --write docs/inputs.md`; do not edit by hand.

Of everything that doctor reads inputs of {sizes} MB, all parts of them different, as no honest one is: the
processor time of the whole process, the largest resident set, and how it ended. What is larger than any real file
of its kind is refused (exit code 2) with the limit and what to do. 8 MB is just below most of these limits, and
0.1 MB below that of a Dockerfile. Nothing is to take a second or 200 MiB for 10 MB.
Measured on {date} on {cores} cores with a load of {load:.1f}.

| Input | MB | CPU, s | Largest process, MiB | Exit code | What it said on stderr |
| --- | --- | --- | --- | --- | --- |"""


def make(*arguments: str) -> list[str]:
    """What the program that writes inputs prints."""
    command = (sys.executable, "-m", "scripts.benchmarking.large_inputs", *arguments)
    found: list[str] = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout)
    return found


def measure_input(doctor: tuple[str, ...], name: str, size: int) -> str:
    """Write an input, let doctor read it, and return the row of the table."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as output:
        arguments = make(folder, str(size), name)
        written = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
        run = measure(Tool(name=name, command=(*doctor, *arguments), version=""), Path(folder), output)
        output.seek(0)
        # No more than that: a child's largest resident set begins with that of the process that forked it.
        said = [
            line for line in output.read(1 << 16).decode(errors="replace").splitlines() if line.startswith("error: ")
        ]
    first = said[0].replace(f"{folder}/", "") if said else ""
    return f"| {name} | {written / 1e6:.1f} | {run.cpu:.2f} | {run.peak_kib / 1024:.0f} | {run.status} | {first} |"


def main() -> None:
    """Measure, and print or write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=float, action="append", help="the sizes of each input (0.1, 8 and 10)")
    parser.add_argument("--part", action="append", help="only inputs whose name holds this word")
    parser.add_argument("--write", type=Path, help="write the Markdown page there instead of printing it")
    options = parser.parse_args()
    rows, sizes = [], options.megabytes or [0.1, 8.0, 10.0]
    with tempfile.TemporaryDirectory() as scratch:
        doctor = install_doctor(find_tools(sys.executable), Path(scratch), "dockerfile,serve")
        for name in make():
            if options.part and not any(word in name for word in options.part):
                continue
            for size in sizes:
                rows.append(measure_input(doctor, name, int(size * 1e6)))
                print(rows[-1], file=sys.stderr, flush=True)
    if options.write:
        date, load = time.strftime("%Y-%m-%d"), os.getloadavg()[0]
        named = ", ".join(f"{size:g}" for size in sizes)
        head = HEAD.format(sizes=named, date=date, cores=os.cpu_count(), load=load)
        options.write.write_text("\n".join([head, *rows, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
