"""Prove a known-good set: install its lock, check it, import it, run it; write what was seen as evidence.

    python scripts/prove_set.py --lock vllm-0.32.0    # resolve the recipe anew first
    python scripts/prove_set.py vllm-0.32.0

The environment is made in a scratch folder and removed. A step that fails ends the proof: the
evidence of the steps before it is written, the exit status is 1, and nothing claims more. A set
that was locked in the same run is taken out again.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a file, too

from doctor.core.endtoend import END_TO_END
from doctor.core.matrix import Depth, Evidence, KnownGoodSet
from doctor.core.report import Outcome, Report, Severity, Verdict
from doctor.endtoend.driver import run_end_to_end
from doctor.endtoend.lock import read_lock
from doctor.endtoend.scratch import plan_of
from doctor.engine.catalogue import select
from doctor.engine.examine import take_snapshot
from doctor.engine.judge import judge
from doctor.installer.pip_settings import pip_settings, uv_options
from doctor.installer.uv import clean_environ
from doctor.matrix.load import load_matrix
from scripts.lock_file import ResolutionError, index_only, lock_name, render, resolve
from scripts.make_environments import find_tools
from scripts.set_bench import Bench, ProofError, evidence
from scripts.set_imports import import_entry_points
from scripts.set_recipe import KeptRow, SetRecipe
from scripts.set_recipes import KEPT, RECIPES
from scripts.set_rows import put_evidence, put_row, render_row, take_row, with_evidence

MATRICES = Path(__file__).resolve().parents[1] / "matrices"
HUGGING_FACE = ("E2E001", "E2E002", "E2E003")
UNSLOTH_MERGE = "E2E010"
"""The part of the end-to-end that runs on a CPU whatever torch was built for."""
NO_GPU = ("GPU010",)
"""What doctor says of a sound CUDA environment where there is no GPU."""


def main(argv: list[str] | None = None) -> int:
    """Lock and prove the sets that are named; 1 where one of them could not be proven."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("names", nargs="+", metavar="SET")
    parser.add_argument("--lock", action="store_true", help="resolve the recipe and write the lock and the row first")
    parser.add_argument("--matrix", type=Path, help="the matrix file of the sets (default: of those that ship)")
    parser.add_argument("--parent", type=Path, help="where the scratch environment goes")
    parser.add_argument(
        "--no-run", action="store_true", help="leave out the end-to-end run: the proof ends with imports"
    )
    given = parser.parse_args(argv)
    tools = find_tools("python")
    options = uv_options(pip_settings(os.environ))
    failed = 0
    for name in given.names:
        matrix = given.matrix or _matrix_of(name)
        bench = Bench(
            uv=tools.uv,
            environ=clean_environ(tools.environ),
            options=options,
            python=sys.executable,
            matrix=matrix,
            runs=not given.no_run,
        )
        started = time.monotonic()
        try:
            if given.lock:
                lock(name, bench)
            with tempfile.TemporaryDirectory(prefix="prove-", dir=given.parent) as folder:
                prove(name, bench, Path(folder), tell)
        except ProofError as error:
            tell(f"{name}: NOT proven: {error}")
            failed += 1
            if given.lock and any(recipe.name == name for recipe in RECIPES):
                withdraw(name, bench)
        tell(f"{name}: {time.monotonic() - started:.0f} s")
    return 1 if failed else 0


def tell(line: str) -> None:
    """Say what is being done."""
    print(line, file=sys.stderr, flush=True)


def lock(name: str, bench: Bench) -> None:
    """Resolve the recipe of a set, write its lock file, and its row with the evidence of that."""
    recipe = _recipe(name, bench)
    try:
        closure = resolve(recipe, bench.uv, bench.environ)
    except ResolutionError as error:
        raise ProofError(str(error)) from error
    resolved = evidence(Depth.RESOLVED, closure.command, f"{len(closure.versions)} packages, all from wheels")
    if isinstance(recipe, SetRecipe):
        put_row(bench.matrix, name, with_evidence(render_row(recipe, closure), [resolved]))
    else:
        others = [item for item in _find(name, bench.matrix).evidence if item.depth is not Depth.RESOLVED]
        put_evidence(bench.matrix, name, [resolved, *others])
    (bench.locks / lock_name(name)).write_text(render(recipe, closure), encoding="utf-8")


def _recipe(name: str, bench: Bench) -> SetRecipe | KeptRow:
    for recipe in RECIPES:
        if recipe.name == name:
            return recipe
    for kept in KEPT:
        if kept.name == name:
            plan = plan_of(_find(name, bench.matrix))
            return replace(kept, requirements=plan.requirements, overrides=plan.overrides)
    raise ProofError("there is no recipe of that name")


def withdraw(name: str, bench: Bench) -> None:
    """Take the row and the lock of a set out again: what is not proven does not ship."""
    take_row(bench.matrix, name)
    (bench.locks / lock_name(name)).unlink(missing_ok=True)


def prove(name: str, bench: Bench, folder: Path, progress: Callable[[str], None]) -> list[Evidence]:
    """Run every step that a set allows on this machine, and write its evidence; return that.

    Raises:
        ProofError: a step failed. The evidence of those before it is written.
    """
    chosen = _find(name, bench.matrix)
    kept = [item for item in chosen.evidence if item.depth is Depth.RESOLVED]
    made: list[Evidence] = []
    try:
        for item in _steps(chosen, bench, folder):
            made.append(item)
            progress(f"{name}: {item.depth.value}: {item.result}")
    finally:
        if kept or made:
            put_evidence(bench.matrix, name, [*kept, *made])
    return made


def _steps(chosen: KnownGoodSet, bench: Bench, folder: Path) -> Iterator[Evidence]:
    if not chosen.locks:
        raise ProofError("the set has no lock")
    path = bench.locks / chosen.locks[0]
    if chosen.cuda:
        bench = replace(bench, environ=index_only(bench.environ))
    environment = folder / "environment"
    python = environment / "bin" / "python"
    bench.run("venv", "--quiet", "--python", bench.python, str(environment))
    install = ("pip", "install", "--no-deps", "--require-hashes", "-r", str(path))
    bench.run(*install, "--python", str(python), *bench.options)
    yield evidence(
        Depth.INSTALLED,
        f"uv pip install --no-deps --require-hashes -r {path.name}",
        f"{len(read_lock(path).pins)} packages from wheels",
    )
    report = _report(python, chosen, folder, bench)
    yield _symbols(report, bench)
    yield _imports(python, chosen, path)
    if bench.runs:
        yield _run(report, chosen)


def _report(python: Path, chosen: KnownGoodSet, folder: Path, bench: Bench) -> Report:
    """The report of `doctor check`, with `--end-to-end` where it runs; a problem or a gap ends the proof."""
    environ = clean_environ(os.environ)
    snapshot = take_snapshot(python, environ=environ)
    if bench.runs:
        proof = run_end_to_end(python, environ=environ, progress=lambda _: None, parent=folder)
        snapshot = snapshot.replace(END_TO_END, proof)
    rules, not_selected = select() if bench.runs else select(ignored=("E2E",))
    # The set is known from here on: its row says what it breaks on purpose.
    extra = () if bench.matrix.parent == MATRICES else (bench.matrix,)
    report = judge(snapshot, load_matrix(extra), rules, not_selected)
    errors = [
        f"{outcome.code}: {problem.message}"
        for outcome, problem in report.problems()
        if outcome.severity_of(problem) is Severity.ERROR
    ]
    gaps = [f"{item.code}: {'; '.join(item.reasons)}" for item in report.outcomes if _is_gap(item, chosen)]
    if errors or gaps:
        raise ProofError(" | ".join([*errors, *gaps]))
    return report


def _is_gap(outcome: Outcome, chosen: KnownGoodSet) -> bool:
    """Whether something could not be judged that this machine could have judged."""
    needs_gpu = outcome.topic == "E2E" and outcome.code not in HUGGING_FACE and bool(chosen.cuda)
    return outcome.undetermined and not needs_gpu


def _symbols(report: Report, bench: Bench) -> Evidence:
    told = [
        f"{outcome.code} {problem.subject} ({outcome.severity_of(problem).label})"
        for outcome, problem in report.problems()
        if outcome.code not in NO_GPU and outcome.topic in ("PKG", "ABI", "PIN")
    ]
    healthy = [item.code for item in report.outcomes if item.topic == "ABI" and item.verdict is Verdict.HEALTHY]
    said = f"no error; healthy: {', '.join(healthy)}"
    return evidence(
        Depth.SYMBOLS,
        "doctor check --end-to-end" if bench.runs else "doctor check",
        said + (f"; also told: {', '.join(told)}" if told else "; of packages nothing else to tell"),
    )


def _imports(python: Path, chosen: KnownGoodSet, path: Path) -> Evidence:
    results = import_entry_points(python, read_lock(path).pins)
    broken = [item for item in results if item.error and not (chosen.cuda and (item.needs_driver or item.needs_gpu))]
    if broken:
        raise ProofError(" | ".join(f"{item.name}: {item.error}" for item in broken))
    waiting = [item.name for item in results if item.needs_driver]
    modules = [item.name for item in results if not item.error]
    loaded = [name for name in modules if name.endswith(".so")]
    named = [name for name in modules if not name.endswith(".so")]
    result = f"import: {', '.join(named)}"
    result += f"; extensions of vLLM that load: {len(loaded)}" if loaded else ""
    if waiting:
        result += f"; that want libcuda.so.1, which the GPU driver brings, and nothing else: {', '.join(waiting)}"
    for item in results:
        result += (
            f"; {item.name} was not imported, it refuses to be without a GPU: {item.error}" if item.needs_gpu else ""
        )
    return evidence(Depth.IMPORTED, "python -I -c 'import MODULE', and ctypes.CDLL for the files vllm/**/*.so", result)


def _run(report: Report, chosen: KnownGoodSet) -> Evidence:
    outcomes = {item.code: item for item in report.outcomes if item.topic == "E2E"}
    wanted = HUGGING_FACE if chosen.cuda else tuple(outcomes)
    unproven = [code for code in wanted if not is_proven(outcomes[code])]
    if unproven:
        raise ProofError(f"the end-to-end check does not prove {', '.join(unproven)}")
    if chosen.cuda:
        # Half of the proof only: it stays at the depth that the whole set reached.
        what = "transformers and peft on the CPU: a LoRA step, generation, saving and loading, merging agree"
        rest = "vLLM needs a GPU and was not started" if chosen.engine else f"{chosen.anchor} itself trained nothing"
        return evidence(Depth.IMPORTED, "doctor check --end-to-end", f"{what}; {rest}")
    what = "transformers with peft and vLLM with LoRA give the same tokens for base, adapters and merged model"
    return evidence(Depth.END_TO_END_CPU, "doctor check --end-to-end", what)


def is_proven(outcome: Outcome) -> bool:
    """Whether a rule on the run found it sound, or has no part in it: most sets have no Unsloth."""
    absent = outcome.code == UNSLOTH_MERGE and outcome.verdict is Verdict.NOT_APPLICABLE
    return absent or outcome.verdict is Verdict.HEALTHY


def _find(name: str, matrix: Path) -> KnownGoodSet:
    extra = () if matrix.parent == MATRICES else (matrix,)
    for row in load_matrix(extra).sets:
        if row.name == name:
            return row
    raise ProofError("there is no set of that name")


def _matrix_of(name: str) -> Path:
    for path in sorted(MATRICES.glob("known-good*.toml")):
        if f'\nname = "{name}"\n' in path.read_text(encoding="utf-8"):
            return path
    package = next((recipe.package for recipe in RECIPES if recipe.name == name), "vllm")
    return MATRICES / f"known-good-{package}.toml"


if __name__ == "__main__":
    sys.exit(main())
