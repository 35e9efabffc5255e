"""The probe around the child; what real transformers builds is in tests/realenv/test_empty_model.py."""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from doctor.core.artifact.folder import Artifacts
from doctor.core.artifact.model import EmptyModel
from doctor.core.artifact.tensors import NameGroup, TensorGroup
from doctor.core.fact import Absent, Fact, Known, Reason, Unknown
from doctor.core.target import Target
from doctor.probes.model.empty_model import find
from tests.facts import interpreter
from tests.models import llama


def folder(tmp_path: Path, **changes: Any) -> Path:
    return llama(**{"model_type": "glm", **changes}).write(tmp_path / "m")


def ask(executable: str | Path, model: Path | str, *, deep: bool = True, **environ: str) -> Fact[EmptyModel]:
    python = dataclasses.replace(interpreter(), executable=str(executable))
    target = Target(interpreter=python, deep=deep, environ=environ, artifacts=Artifacts(model=str(model)))
    ((_, fact),) = find(target)
    return fact


def program(tmp_path: Path, text: str) -> Path:
    """A program in place of the interpreter; its last argument is the file that the answer goes to."""
    path = tmp_path / "python"
    path.write_text(f"#!/bin/sh\nfor last; do :; done\n{text}\n")
    path.chmod(0o755)
    return path


def test_it_is_built_only_when_asked_for_and_needed(tmp_path: Path):
    never = program(tmp_path, "touch ran")
    assert isinstance(ask(never, folder(tmp_path), deep=False), Absent)
    assert isinstance(ask(never, ""), Absent)
    fact = ask(never, folder(tmp_path, model_type="llama"))
    assert isinstance(fact, Absent)
    assert "follow by formula" in fact.detail


def test_an_answer_is_grouped(tmp_path: Path):
    shapes = {"a.0.weight": [2, 3], "a.1.weight": [2, 3], "lm_head.weight": [4, 3]}
    answer = {"class": "GlmForCausalLM", "shapes": shapes, "tied": ["lm_head.weight"], "ties": True}
    fact = ask(program(tmp_path, f"echo '{json.dumps(answer)}' > $last"), folder(tmp_path))
    assert isinstance(fact, Known)
    assert fact.value == EmptyModel(
        architecture="GlmForCausalLM",
        needed=(TensorGroup(names=NameGroup(pattern="a.*.weight", members=("0-1",)), dtype="", shape=(2, 3)),),
        optional=(TensorGroup(names=NameGroup(pattern="lm_head.weight"), dtype="", shape=(4, 3)),),
    )


def test_an_interpreter_without_transformers_is_unknown(tmp_path: Path):
    fact = ask(sys.executable, folder(tmp_path))
    assert isinstance(fact, Unknown)
    assert fact.reason is Reason.FAILED
    assert "No module named" in fact.detail


@pytest.mark.parametrize(
    "text", ["exit 1", "echo no >&2; exit 3", "kill -9 $$", "exit 0", "echo '[' > $last", "echo '{}' > $last"]
)
def test_whatever_the_child_does_is_unknown(tmp_path: Path, text: str):
    assert isinstance(ask(program(tmp_path, text), folder(tmp_path)), Unknown)


def test_no_interpreter_is_unknown(tmp_path: Path):
    assert isinstance(ask(tmp_path / "gone", folder(tmp_path)), Unknown)


def test_it_goes_nowhere_and_gets_no_secret(tmp_path: Path):
    child = program(tmp_path, 'echo "$HF_HUB_OFFLINE $HF_TOKEN $KEPT" >&2; exit 1')
    fact = ask(child, folder(tmp_path), HF_TOKEN="hf_abcdefghijklmnop", KEPT="kept")
    assert isinstance(fact, Unknown)
    assert fact.detail.endswith(": 1  kept")
