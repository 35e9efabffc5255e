"""What the builds on PyTorch's own index (+cu126, +cu130) were compiled for, as torch itself lists it.

From 2.13 on every torch carries the table of the builds of its release, by CUDA version and processor, so that
the wheel on the package index tells of those that are not there. Before, the table was one for both processors, and
that of 2.11 was not true (https://github.com/pytorch/pytorch/issues/182250).
"""

from __future__ import annotations

import ast
import dataclasses
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from scripts.derivation.builds import Build, wheels_of
from scripts.derivation.index import Index, IndexFile, tell

MEMBER = "torch/cuda/__init__.py"
_TABLE = "PYTORCH_RELEASES_CODE_CC"
_CHUNK = 1 << 18
"""Bytes that are asked for at once."""

Table = dict[str, dict[str, list[int]]]
"""CUDA version, processor, compute capabilities times ten."""


def read_labelled(index: Index, plain: Sequence[Build], kept: Path) -> Iterator[Build]:
    """The builds of each release that are not on the package index; `plain` are those that are."""
    there = {(build.version, build.machine): build for build in plain if build.package == "torch"}
    for file, machine in wheels_of(index.files("torch"), "torch"):
        if machine == "x86_64":
            for cuda, by_machine in _table_of(index, file, kept).items():
                for processor, capabilities in by_machine.items():
                    yield _build(there[str(file.version), processor], cuda, capabilities)


def _build(plain: Build, cuda: str, capabilities: Sequence[int]) -> Build:
    targets = tuple(f"sm_{capability}" for capability in sorted(capabilities))
    label = f"+cu{cuda.replace('.', '')}"
    return dataclasses.replace(
        plain,
        version=plain.version + label,
        wheel="",
        cuda=cuda,
        architectures=targets,
        stated=f"{MEMBER} of torch {plain.version}",
    )


def _table_of(index: Index, file: IndexFile, kept: Path) -> Table:
    path = kept / "torch-tables" / f"{file.filename}.json"
    if not path.exists():
        tell(f"reading {MEMBER} of {file.filename} ...")
        with index.archive(file, _CHUNK) as archive:
            # Wheels of the tests have no more of torch than is read.
            text = archive.read(MEMBER).decode() if MEMBER in archive.namelist() else ""
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        unfinished.write_text(json.dumps(parse_table(text)), encoding="utf-8")
        unfinished.replace(path)
    table: Table = json.loads(path.read_bytes())
    return table


def parse_table(text: str) -> Table:
    """The table in the text of `torch/cuda/__init__.py`; empty where there is none for each processor."""
    for node in ast.parse(text).body:
        target = node.target if isinstance(node, ast.AnnAssign) else None
        if isinstance(target, ast.Name) and target.id == _TABLE and isinstance(node, ast.AnnAssign) and node.value:
            found = ast.literal_eval(node.value)
            if all(isinstance(by_machine, dict) for by_machine in found.values()):
                return {
                    cuda: {machine: sorted(capabilities) for machine, capabilities in by_machine.items()}
                    for cuda, by_machine in found.items()
                }
    return {}
