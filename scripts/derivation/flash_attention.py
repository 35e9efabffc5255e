"""Which wheels the publish workflow of each flash-attn release builds, read from a clone of its repository.

The workflow has a build matrix; a wheel is named after its entry
(``flash_attn-2.7.4.post1+cu12torch2.5cxx11abiFALSE-cp311-cp311-linux_x86_64.whl``).
"""

from __future__ import annotations

import itertools
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from packaging.version import Version

from scripts.derivation.files import json_file

WORKFLOW = ".github/workflows/publish.yml"
FIRST = Version("2.3.0")
FIRST_TORCH = Version("2.1")
_TAG = re.compile(r"v(2\.[\w.]+)")
_AXES = ("os", "python-version", "torch-version", "cuda-version", "cxx11_abi")

Row = list[Any]
"""``["12", "2.5", [false, true], ["cp310", "cp311"], "x86_64"]``: CUDA label, torch, ABIs, Pythons, processor."""


def read_wheels(clone: Path) -> dict[str, list[Row]]:
    """The wheels of each release, oldest first, those for a torch before 2.1 or of a nightly left out."""
    tags = sorted((Version(match[1]), tag) for tag in _git(clone, "tag").split() if (match := _TAG.fullmatch(tag)))
    found = {}
    for version, tag in tags:
        if version >= FIRST:
            found[str(version)] = _rows(_git(clone, "show", f"{tag}:{WORKFLOW}"))
    return found


def write_wheels(wheels: Mapping[str, list[Row]]) -> str:
    """The file of the matrix."""
    return json_file({"wheels": wheels})


def _git(clone: Path, *arguments: str) -> str:
    command = ["git", "-C", str(clone), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _rows(workflow: str) -> list[Row]:
    matrix = yaml.load(workflow, yaml.BaseLoader)["jobs"]["build_wheels"]["strategy"]["matrix"]
    # Up to 2.7.0 the label has the minor version of CUDA too.
    only_major = "tmpname=cu${WHEEL_CUDA_VERSION}" in workflow or WORKFLOW_CALL in workflow
    groups: dict[tuple[str, str, str], dict[str, set[bool]]] = {}
    for entry in _entries(matrix):
        torch = Version(entry["torch-version"])
        if torch.is_devrelease or torch < FIRST_TORCH:
            continue
        parts = entry["cuda-version"].split(".")
        label = parts[0] if only_major else "".join(parts[:2])
        machine = "aarch64" if entry["os"].endswith("-arm") else "x86_64"
        python = f"cp{entry['python-version'].replace('.', '')}"
        group = groups.setdefault((machine, label, f"{torch.major}.{torch.minor}"), {})
        group.setdefault(python, set()).add(entry["cxx11_abi"].upper() == "TRUE")
    return [row for key in sorted(groups, key=_order) for row in _rows_of(key, groups[key])]


WORKFLOW_CALL = "./.github/workflows/_build.yml"
"""The workflow that builds one wheel, where it has a file of its own; its labels name the major version of CUDA."""


def _order(key: tuple[str, str, str]) -> tuple[str, int, Version]:
    machine, label, torch = key
    return machine, int(label), Version(torch)


def _rows_of(key: tuple[str, str, str], group: Mapping[str, set[bool]]) -> Iterator[Row]:
    machine, label, torch = key
    for abis in sorted({tuple(sorted(abis)) for abis in group.values()}):
        pythons = [python for python, found in group.items() if tuple(sorted(found)) == abis]
        yield [label, torch, list(abis), sorted(pythons, key=lambda python: int(python[3:])), machine]


def _entries(matrix: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Every combination of the axes that is not excluded."""
    axes = {name: [str(item) for item in matrix[name]] for name in _AXES}
    for values in itertools.product(*axes.values()):
        entry = dict(zip(axes, values, strict=True))
        if not any(
            all(entry.get(name) == value for name, value in excluded.items()) for excluded in matrix.get("exclude", [])
        ):
            yield entry
