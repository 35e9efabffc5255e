"""The commands that several rules of this topic give."""

from __future__ import annotations

import ast
import dataclasses

import pytest

from tests.adapters import folder_of, lora
from tests.rules.lora.judging import outcome


@pytest.mark.parametrize("path", ["/adapters/mine", '/adapters/a "b" {c}', "/adapters/größe", "/adapters/\U0001f999"])
@pytest.mark.parametrize("base", ["", "/models/\U0001f999 base"])
def test_the_command_that_merges_names_the_folders_as_they_are_called(path: str, base: str):
    """It is Python, which reads the paths as JSON writes them."""
    folder = dataclasses.replace(folder_of(lora(use_dora=True)), path=path, given_base=base)
    (problem,) = outcome("LORA019", folder).problems
    (command,) = problem.remedies[-1].commands
    texts = {node.value for node in ast.walk(ast.parse(command[2])) if isinstance(node, ast.Constant)}
    assert texts >= {path, f"{path}-merged", *([base] if base else [])}
