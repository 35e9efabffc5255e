"""A page for each breakage: when it happens, what it fails with, and what mends it."""

from __future__ import annotations

import shlex

from doctor.core.breakage import ABSENT, Breakage, Circumstance
from doctor.core.matrix import Matrix, Pair
from scripts.documentation.markdown import block, code, link, page, prose, source, table

BASES = {
    "declared": "declared by the packages' metadata",
    "reported": "reported in the sources below",
    "reproduced": "reproduced, see the sources below",
}


def breakage_pages(matrix: Matrix) -> dict[str, str]:
    """The pages by their path below docs/."""
    pairs = {pair.name: pair for pair in matrix.pairs}
    pages = {f"breakages/{row.name}.md": _page(row, pairs) for row in matrix.breakages}
    return {"breakages/README.md": _list(matrix), **pages}


def _list(matrix: Matrix) -> str:
    rows = [
        [link(row.name, f"{row.name}.md"), prose(row.reason), row.basis.value]
        for row in sorted(matrix.breakages, key=lambda row: row.name)
    ]
    return page(
        "# Breakages",
        "Ways in which the stack is known to fail that metadata does not show. `doctor check` looks for their "
        "circumstances, and `doctor explain < error.txt` for their words.",
        table(["Breakage", "Why", "Basis"], rows),
    )


def _page(row: Breakage, pairs: dict[str, Pair]) -> str:
    facts = [
        ["Kind of fault", code(row.cause.value)],
        ["Severity", row.severity],
        ["Basis", BASES[row.basis.value]],
        ["Since", row.since],
        ["Until", row.until],
        ["Supply chain", "the package is not from those whose name it bears" if row.supply_chain else ""],
        ["Rules that judge it", ", ".join(link(name, f"../rules/{name}.md") for name in row.rules)],
        ["Rules that show signs of it", ", ".join(link(name, f"../rules/{name}.md") for name in row.signs)],
    ]
    return page(
        f"# {row.name}",
        f"{prose(row.reason[:1].upper() + row.reason[1:])}.",
        table(["", ""], [item for item in facts if item[1]]),
        _when(row, pairs),
        _symptoms(row),
        _remedy(row),
        "## Sources\n\n" + "\n".join(f"- {source(item)}" for item in row.sources),
        link("All breakages", "README.md"),
    )


def _when(row: Breakage, pairs: dict[str, Pair]) -> str:
    known = [
        f"- {pair.package} {code(versions)} needs {pair.partner} {code(needed)}"
        for pair in (pairs[name] for name in row.pairs)
        for versions, needed in pair.needs.items()
    ]
    lines = [f"- {_circumstance(item)}" for item in row.when] or ["Under any circumstances."]
    fitting = "\n".join(["It does not where the partners fit:", "", *known]) if known else ""
    return page("## When it can happen", "\n".join(lines), fitting)


def _circumstance(item: Circumstance) -> str:
    parts = [_package(name, versions) for name, versions in item.packages.items()]
    parts += [
        f"{title} {code(value)}"
        for title, value in (
            ("Python", item.python),
            ("glibc", item.glibc),
            ("driver", item.driver),
            ("a driver for CUDA", item.driver_cuda),
            ("a torch built for CUDA", item.torch_cuda),
            ("a GPU of compute capability", item.capability),
            ("visible GPUs", item.gpus),
        )
        if value
    ]
    parts += [f"on {' or '.join(item.machines)}"] if item.machines else []
    parts += ["in WSL" if item.wsl else "outside WSL"] if item.wsl is not None else []
    parts += [_variable(name, value) for name, value in item.variables.items()]
    return ", ".join(parts)


def _package(name: str, versions: str) -> str:
    if versions == ABSENT:
        return f"no {code(name)}"
    return f"{code(f'{name} {versions}')}" if versions else f"any {code(name)}"


def _variable(name: str, value: str) -> str:
    if value == ABSENT:
        return f"{code(name)} not set"
    return f"{code(name)} set to {code(value)}" if value else f"{code(name)} set"


def _symptoms(row: Breakage) -> str:
    if not row.symptoms:
        return ""
    known = "Other breakages fail with such text, too." if row.general else ""
    return page(
        "## What it fails with", "Regular expressions, as `doctor explain` reads them:", block(row.symptoms), known
    )


def _remedy(row: Breakage) -> str:
    commands = [shlex.join(command) for command in row.commands]
    commands += [f"pip uninstall {shlex.join(row.uninstall)}"] if row.uninstall else []
    commands += [f"pip install {shlex.join(row.install)}"] if row.install else []
    return page("## How to mend it", f"{prose(row.fix)}.", block(commands) if commands else "")
