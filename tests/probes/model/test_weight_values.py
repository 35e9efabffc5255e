"""The values of weights are read where --deep asks for it, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from doctor.core.artifact.folder import Artifacts
from doctor.core.artifact.model import WEIGHT_VALUES, deep_not_asked_for
from doctor.core.fact import Known, Unknown
from doctor.core.target import Target
from doctor.probes.model.weight_values import find
from tests.facts import interpreter
from tests.models import llama


def target(model: str, *, deep: bool) -> Target:
    return Target(interpreter=interpreter(), environ={}, artifacts=Artifacts(model=model), deep=deep)


def test_every_file_is_read_to_its_end(tmp_path: Path) -> None:
    folder = llama().write(tmp_path / "m")
    [(key, fact)] = find(target(str(folder), deep=True))
    assert key is WEIGHT_VALUES and isinstance(fact, Known)
    assert [(item.name, isinstance(item.values, Known)) for item in fact.value] == [("model.safetensors", True)]


@pytest.mark.parametrize(("model", "deep"), [("/m", False), ("", True)], ids=["not deep", "no folder"])
def test_what_nobody_asked_for_is_not_read(model: str, deep: bool) -> None:
    assert find(target(model, deep=deep)) == [(WEIGHT_VALUES, deep_not_asked_for())]


def test_a_folder_that_cannot_be_listed_is_unknown(tmp_path: Path) -> None:
    [(_, fact)] = find(target(str(tmp_path / "gone"), deep=True))
    assert isinstance(fact, Unknown)
