"""Measure doctor beside the tools that people use instead, and how its cost grows, in one run.

    python scripts/benchmark.py --write docs/benchmarks.md --json benchmarks.json --plot docs/benchmarks.png

makes what it needs in a temporary folder (about 3 GB) and takes half an hour. `--part` picks parts of it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a file, too

from scripts.benchmarking.growth import by_distributions, by_model, by_sets
from scripts.benchmarking.page import Results, write_page
from scripts.benchmarking.peers import (
    ask,
    count_distributions,
    doctor_tools,
    install_doctor,
    installers,
    measure_parts,
    processor,
    reporters,
    short_tools,
)
from scripts.benchmarking.plot import draw
from scripts.benchmarking.rounds import forget_names, measure_cold, measure_rounds
from scripts.make_environments import default_cache, find_tools, interpreter_of

PARTS = ("peers", "parts", "short", "distributions", "sets", "models")


def machine_of(python: str) -> dict[str, object]:
    """What a reader has to know of the machine and the environment to compare numbers."""
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "target python": ask((python, "-c", "import platform; print(platform.python_version())")),
        "distributions": count_distributions(python),
        "date": time.strftime("%Y-%m-%d"),
        "kernel's cache of names emptied before": "yes" if forget_names() else "no",
        "load before": round(os.getloadavg()[0], 1),
    }


def run_parts(parts: list[str], environment: Path, rounds: int, sizes: list[int], scratch: Path) -> Results:
    """Measure the parts that were asked for."""
    python = str(interpreter_of(environment))
    tools = find_tools(python)
    doctor = install_doctor(tools, scratch)
    results = Results(machine=machine_of(python))
    if "peers" in parts:
        own = doctor_tools(doctor, python, scratch)
        compared = [*own, *installers(environment, tools, scratch), *reporters(environment, tools, scratch)]
        results.peers = measure_rounds(compared, rounds, scratch, title="peers")
        results.cold = measure_cold(own[0], rounds, scratch)
    if "parts" in parts:
        results.parts = measure_parts(doctor, python, rounds)
    if "short" in parts:
        results.short = measure_rounds(short_tools(doctor), rounds, scratch, title="short commands")
    if "distributions" in parts:
        results.distributions = by_distributions(doctor, sizes, tools, rounds, scratch)
    if "sets" in parts:
        results.sets = by_sets(doctor, (1, 50, 400), python, rounds, scratch)
    if "models" in parts:
        results.models = by_model(doctor, rounds, scratch)
    results.machine["load after"] = round(os.getloadavg()[0], 1)
    return results


def main() -> None:
    """Measure, and print or write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--environment", type=Path, default=default_cache() / "cpu-copy", help="what to examine")
    parser.add_argument("--part", choices=PARTS, action="append", help="only this part; several times for several")
    parser.add_argument("--sizes", type=int, nargs="+", default=[20, 155, 500, 1500], help="distributions")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--write", type=Path, help="write the Markdown page there instead of printing it")
    parser.add_argument("--json", type=Path, help="write every run as JSON there")
    parser.add_argument("--plot", type=Path, help="draw the growth with distributions there, as PNG")
    options = parser.parse_args()
    if not interpreter_of(options.environment).exists():
        parser.error(f"{options.environment} is no environment; make one with scripts/make_environments.py cpu-copy")
    with tempfile.TemporaryDirectory() as scratch:
        parts = options.part or list(PARTS)
        results = run_parts(parts, options.environment, options.rounds, options.sizes, Path(scratch))
    if options.json:
        options.json.write_text(json.dumps(asdict(results), indent=2) + "\n", encoding="utf-8")
    if options.plot and results.distributions:
        draw(results.distributions, options.plot)
        results.picture = options.plot.name
    if options.write:
        options.write.write_text(write_page(results), encoding="utf-8")
    else:
        print(write_page(results))


if __name__ == "__main__":
    main()
