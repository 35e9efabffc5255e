"""No rule takes what transformers builds of its classes' own configs, and PEFT adapts in it, for broken.

Most of these types have no formula, so that their tensors alone tell their modules; a rule on folders that holds for
Llama alone alarms here.
"""

from __future__ import annotations

import dataclasses
import json
import subprocess
from pathlib import Path

import pytest

from doctor.core.artifact.adapter import ADAPTERS, WEIGHTS
from doctor.core.artifact.folder import FileKind, FolderFile
from doctor.core.artifact.model import MODEL
from doctor.core.artifact.tensors import SafetensorsFile, group_tensors
from doctor.core.fact import Known
from doctor.core.report import Outcome
from doctor.engine.catalogue import load
from doctor.probes.adapter.folder import read_adapter
from doctor.probes.model.folder import read_folder
from tests.facts import EMPTY_MATRIX, apply_soundly, known, snapshot
from tests.realenv.environments import cpu_python
from tests.rules.model.folders import environment

pytestmark = [pytest.mark.realenv, pytest.mark.slow]

MAKER = Path(__file__).with_name("make_architectures.py")
OF_CONFIGS = tuple(f"MODEL{number:03}" for number in (3, 9, 21, 22, 27, 28, 29))
"""Rules that judge config.json by itself."""

OF_TENSORS = (
    *(f"MODEL{number:03}" for number in (14, 15, 16, 17, 23, 24, 25, 26, 51)),
    *(f"LORA{number:03}" for number in (11, 12, 13, 14, 28, 33, 34, 35, 36, 37, 55, 56)),
)
"""Rules that judge what tensors there are."""

TYPES = (
    *("bloom", "cohere2", "deepseek_v3", "ernie4_5_moe", "exaone4", "falcon", "fuyu", "gemma3", "gemma4", "glm4"),
    *(
        "gpt2",
        "gpt_bigcode",
        "gpt_neox",
        "gpt_oss",
        "granitemoehybrid",
        "lfm2",
        "llama4",
        "llava",
        "minimax",
        "mistral3",
    ),
    *("mllama", "olmoe", "opt", "phi", "phi3", "phimoe", "qwen2_5_vl", "qwen3_moe", "qwen3_next", "qwen3_vl"),
    *("seed_oss", "smollm3", "stablelm", "starcoder2"),
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("architectures")
    for chosen in (("configs",), TYPES):
        folder = path / chosen[0]
        command = [cpu_python(), "-B", MAKER, folder, *chosen]
        subprocess.run(command, check=True, capture_output=True, timeout=900, env={"HF_HUB_OFFLINE": "1"})
    return path


def weights(name: str, described: Path) -> Known[SafetensorsFile]:
    """A file of weights as its header would describe it."""
    table = {tensor: (dtype, tuple(shape)) for tensor, (dtype, shape) in json.loads(described.read_text()).items()}
    return known(SafetensorsFile(name=name, size=1, stated_size=1, groups=group_tensors(table)))


def judged(codes: tuple[str, ...], facts: dict) -> list[Outcome]:
    examined = snapshot({**environment(), **facts})
    return [apply_soundly(load(code), examined, EMPTY_MATRIX) for code in codes]


def told(outcomes: list[Outcome]) -> list[str]:
    return [f"{outcome.code}: {problem.message}" for outcome in outcomes for problem in outcome.problems]


def test_the_config_of_no_class_is_taken_for_broken(root: Path) -> None:
    folders = sorted((root / "configs").iterdir())
    assert len(folders) > 100
    found = {folder.name: told(judged(OF_CONFIGS, {MODEL: read_folder(str(folder))})) for folder in folders}
    assert {name: messages for name, messages in found.items() if messages} == {}


@pytest.mark.parametrize("model_type", TYPES)
def test_no_model_and_no_adapter_is_taken_for_broken(root: Path, model_type: str) -> None:
    place = root / TYPES[0] / model_type
    name = "model.safetensors"
    model = read_folder(str(place))
    listed = FolderFile(name=name, kind=FileKind.SAFETENSORS, size=1)
    model = dataclasses.replace(model, files=(*model.files, listed), weights=(weights(name, place / "tensors.json"),))
    adapter = dataclasses.replace(
        read_adapter(str(place / "adapter")), weights=weights(WEIGHTS, place / "adapter" / "tensors.json")
    )
    assert told(judged(OF_TENSORS, {MODEL: model, ADAPTERS: (adapter,)})) == []
