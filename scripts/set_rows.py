"""Writing the rows of sets into a matrix file: a whole row, or its evidence only."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from doctor.core.matrix import Evidence
from doctor.matrix.load import validate_files
from scripts.lock_file import Closure, lock_name
from scripts.set_recipes import COMPATIBILITY, TRAINING, SetRecipe

PINNED = (
    "vllm",
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

BOUND = ("torch", "torchvision", "torchaudio", "triton", "xformers", "vllm-flash-attn")
"""Those that are bound to each other by compiled code."""

_ROW = re.compile(r"^\[\[set\]\]\n", re.MULTILINE)
_EVIDENCE = re.compile(r"^\[\[set\.evidence\]\]\n", re.MULTILINE)


def render_row(recipe: SetRecipe, closure: Closure) -> str:
    """The row of a set in TOML, without evidence."""
    versions = closure.versions
    lines = [
        "[[set]]",
        f"name = {_text(recipe.name)}",
        f"title = {_text(_title(recipe, versions))}",
        f"released = {_text(closure.released)}",
        f"python = {_text(recipe.python)}",
        f"glibc = {_text('>=' + recipe.glibc)}",
        'machines = ["x86_64"]',
        f"cuda = {_text(recipe.cuda)}",
        f"minimum_driver = {_text(recipe.driver)}",
        f"capabilities = {json.dumps(list(recipe.capabilities))}",
        f"bound = {json.dumps([name for name in BOUND if name in versions])}",
        f"locks = {json.dumps([lock_name(recipe.name)])}",
        'basis = "reproduced"',
        "sources = [",
        f"    {_text(f'METADATA of vllm {recipe.vllm} and torch ' + versions['torch'])},",
        f"    {_text(f'CUDA version and cubins in vllm/*.so of the vllm {recipe.vllm} wheel for x86_64')},",
        f"    {_text(COMPATIBILITY)},",
        "]",
        "",
        "[set.pins]",
    ]
    lines += [f"{name} = {_text(versions[name])}" for name in PINNED if name in versions]
    lines += ["", "[set.alternatives]", *(f"{name} = {_text(versions[name])}" for name in TRAINING)]
    for mend in recipe.mends:
        lines += ["", *(f"# {line}" for line in _wrapped(f"{mend.requirement}: {mend.reason}"))]
    for item in recipe.deviations:
        lines += ["", "[[set.deviations]]", f"distribution = {_text(item.distribution)}"]
        lines += [f"requirement = {_text(item.requirement)}", f"reason = {_text(item.reason)}"]
    return "\n".join(lines) + "\n"


def put_row(path: Path, name: str, row: str) -> None:
    """Replace the row of the set `name` in a matrix file, or add it."""
    head, rows = _split(path.read_text(encoding="utf-8"))
    _write(path, head, {**rows, name: row})


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
    torch, transformers = versions["torch"], versions["transformers"]
    return f"vLLM {recipe.vllm} on torch {torch} (CUDA {recipe.cuda}) with transformers {transformers}"


def _text(value: str) -> str:
    """A TOML string: JSON's escapes are among TOML's."""
    return json.dumps(value, ensure_ascii=False)


def _wrapped(text: str) -> list[str]:
    import textwrap

    return textwrap.wrap(text, 100)
