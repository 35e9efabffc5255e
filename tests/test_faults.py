"""The table of faults names tests that exist, and none that is only planned."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROWS = [line for line in (ROOT / "docs/faults.md").read_text().splitlines() if re.match(r"\| (?!fault|---)", line)]


@cache
def names_in(path: str) -> frozenset[str]:
    found = set()
    for node in ast.parse((ROOT / path).read_text()).body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{item.name}" for item in node.body if isinstance(item, ast.FunctionDef)}
    return frozenset(found)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip())
def test_every_fault_has_a_test_that_exists(row: str) -> None:
    _, _, said, proof, _ = row.split("|")
    named = re.findall(r"`(tests/\S+?\.py)::(\S+?)`", proof)
    assert said.strip()
    assert named
    assert [name for path, name in named if name not in names_in(path)] == []


def test_there_are_rows() -> None:
    assert len(ROWS) > 40
