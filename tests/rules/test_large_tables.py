"""What the rules do for each tensor of tables of thousands: of 150,000 a call each is a hundredth of a second."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.artifact.model import MODEL
from doctor.core.snapshot import Snapshot
from doctor.engine.catalogue import load, module_names
from doctor.engine.judge import apply
from doctor.matrix.load import load_matrix
from doctor.probes.adapter.folder import read_adapter
from doctor.probes.model.folder import read_folder
from tests.adapters import lora, matrix, pair
from tests.facts import known, snapshot
from tests.models import llama, write_safetensors
from tests.steps import calls_of

FEW, MANY = 100, 1100


def model(folder: Path, count: int) -> Snapshot:
    llama().write(folder)
    names = [f"tensor.{number}" for number in range(count)]
    write_safetensors(folder / "model.safetensors", {name: matrix(name, (1, 1)) for name in names})
    return snapshot({MODEL: known(read_folder(str(folder)))})


def adapter(folder: Path, count: int) -> Snapshot:
    modules = [f"model.layers.{number // 16}.mlp.experts.{number % 16}.up_proj" for number in range(count)]
    lora(modules=("up_proj",), rank_pattern=dict.fromkeys(modules, 8)).write(folder)
    tensors = {name: stored for module in modules for name, stored in pair(module, (8, 8)).items()}
    write_safetensors(folder / "adapter_model.safetensors", tensors)
    return snapshot({ADAPTERS: known((read_adapter(str(folder)),))})


@pytest.mark.parametrize(("topic", "taken", "most"), [("MODEL", model, 1), ("LORA", adapter, 15)])
def test_few_calls_are_made_for_each_tensor(
    topic: str, taken: Callable[[Path, int], Snapshot], most: int, tmp_path: Path
):
    known_good = load_matrix()
    rules = [load(code) for code in module_names() if code.startswith(topic)]
    few, many = (taken(tmp_path / str(count), count) for count in (FEW, MANY))

    def judge(facts: Snapshot) -> None:
        for rule in rules:
            apply(rule, facts, known_good)

    judge(few)  # loads what rules import
    each = (calls_of(lambda: judge(many)) - calls_of(lambda: judge(few))) / (MANY - FEW)
    assert each < most
