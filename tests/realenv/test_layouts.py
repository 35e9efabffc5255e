"""The formulas of `doctor.core.artifact.layout` against what the installed transformers builds and writes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from doctor.core.artifact.families import FAMILIES
from doctor.core.artifact.layout import layout_of
from doctor.probes.model.registries import read_transformers, read_vllm
from scripts.make_environments import site_packages_of
from tests.realenv.environments import cpu_python
from tests.rules.model.folders import CODES, errors, judge_folder

pytestmark = pytest.mark.realenv

SCRIPT = """
import json, os, struct, sys
os.environ["TRANSFORMERS_VERBOSITY"] = "error"
import torch
from transformers import AutoModelForCausalLM
from transformers.models.auto.configuration_auto import CONFIG_MAPPING

def header(folder):
    with open(os.path.join(folder, "model.safetensors"), "rb") as file:
        table = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
    return {name: item["shape"] for name, item in table.items() if name != "__metadata__"}

def written(options, folder):
    config = CONFIG_MAPPING[options.pop("model_type")](**options)
    AutoModelForCausalLM.from_config(config).to(torch.bfloat16).save_pretrained(folder)
    with open(os.path.join(folder, "config.json")) as file:
        return {"config": json.load(file), "tensors": header(folder)}

def built(model_type):
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(CONFIG_MAPPING[model_type]())
    return {name: list(tensor.shape) for name, tensor in model.state_dict().items()}

asked = json.load(sys.stdin)
places = [os.path.join(asked["root"], str(number)) for number in range(len(asked["write"]))]
answer = {"written": list(map(written, asked["write"], places)), "built": {n: built(n) for n in asked["build"]}}
print("ANSWER" + json.dumps(answer))
"""

TINY = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 320,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "num_experts": 4,
    "num_local_experts": 4,
    "num_experts_per_tok": 2,
    "moe_intermediate_size": 48,
    "shared_expert_intermediate_size": 80,
    "shared_intermediate_size": 40,
}
VARIANTS: tuple[dict[str, Any], ...] = (
    {},
    {"head_dim": 24},
    {"attention_bias": True, "mlp_bias": True, "qkv_bias": False},
    {"tie_word_embeddings": True},
    {"tie_word_embeddings": False, "mlp_only_layers": [0], "decoder_sparse_step": 2},
)
CASES = [{"model_type": model_type, **TINY, **variant} for model_type in FAMILIES for variant in VARIANTS]
DENSE = [name for name, family in FAMILIES.items() if not family.experts]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def answer(root: Path) -> dict[str, Any]:
    asked = json.dumps({"write": CASES, "build": DENSE, "root": str(root)})
    done = subprocess.run(
        [cpu_python(), "-c", SCRIPT], input=asked, capture_output=True, text=True, check=True, timeout=600
    )
    found: dict[str, Any] = json.loads(done.stdout.rpartition("ANSWER")[2])
    return found


@pytest.mark.parametrize("number", range(len(CASES)), ids=[f"{case['model_type']}-{i}" for i, case in enumerate(CASES)])
def test_the_tensors_that_transformers_writes(answer: dict[str, Any], number: int):
    written = answer["written"][number]
    layout = layout_of(written["config"])
    assert layout is not None
    shapes = {name: tuple(shape) for name, shape in written["tensors"].items()}
    assert {name: shape for name, shape in shapes.items() if name not in layout.optional} == layout.needed


@pytest.fixture(scope="module")
def registries() -> dict[str, Any]:
    site = site_packages_of(Path(cpu_python()).parent.parent)
    return {
        "vllm_registry": read_vllm(site / "vllm"),
        "transformers_registry": read_transformers(site / "transformers"),
    }


@pytest.mark.parametrize("number", range(len(CASES)), ids=[f"{case['model_type']}-{i}" for i, case in enumerate(CASES)])
def test_nothing_is_wrong_with_what_transformers_writes(
    answer: dict[str, Any], root: Path, registries: dict[str, Any], number: int
):
    """But that no tokenizer was saved with it."""
    assert answer["written"][number]
    outcomes = [judge_folder(code, root / str(number), **registries) for code in CODES]
    assert errors(outcomes) == {"MODEL053"}, [outcome.problems for outcome in outcomes if outcome.problems]


@pytest.mark.parametrize("model_type", DENSE)
def test_the_defaults_of_a_class(answer: dict[str, Any], model_type: str):
    """A config that states nothing but its type: transformers fills in what the family says."""
    layout = layout_of({"model_type": model_type})
    assert layout is not None
    assert {name: tuple(shape) for name, shape in answer["built"][model_type].items()} == layout.tensors
    assert layout.architecture == FAMILIES[model_type].architecture


def test_the_script_is_no_stub():
    """It must fail where transformers does not know a type, or the tests above could pass for nothing."""
    asked = json.dumps({"write": [], "build": ["no-such-type"], "root": ""})
    done = subprocess.run([cpu_python(), "-c", SCRIPT], input=asked, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert Path(cpu_python()).is_file()
