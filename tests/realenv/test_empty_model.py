"""The empty model of transformers against the files that transformers writes, for types without a formula."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from doctor.core.artifact.folder import Artifacts
from doctor.core.artifact.model import EmptyModel
from doctor.core.artifact.tensors import expand
from doctor.core.fact import Known, Unknown
from doctor.core.target import Target
from doctor.probes.interpreter import ask_interpreter
from doctor.probes.model.empty_model import find
from doctor.probes.model.folder import read_folder
from tests.realenv.environments import cpu_python

pytestmark = pytest.mark.realenv

TYPES = ("phi", "cohere", "gpt_oss", "deepseek_v3")

WRITE = """
import json, os, sys
os.environ["TRANSFORMERS_VERBOSITY"] = "error"
from transformers import AutoModelForCausalLM
from transformers.models.auto.configuration_auto import CONFIG_MAPPING
options = {
    "hidden_size": 64, "intermediate_size": 96, "moe_intermediate_size": 32, "num_hidden_layers": 2,
    "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 320, "pad_token_id": 0,
    "n_routed_experts": 4, "num_local_experts": 4, "num_experts_per_tok": 2, "q_lora_rank": 16,
    "kv_lora_rank": 16, "qk_rope_head_dim": 8, "qk_nope_head_dim": 8, "v_head_dim": 16, "n_group": 1,
    "topk_group": 1, "first_k_dense_replace": 1,
}
for model_type in json.loads(sys.argv[2]):
    config = CONFIG_MAPPING[model_type](**options)
    AutoModelForCausalLM.from_config(config).save_pretrained(os.path.join(sys.argv[1], model_type))
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models")
    subprocess.run([cpu_python(), "-c", WRITE, path, json.dumps(TYPES)], check=True, capture_output=True, timeout=300)
    return path


def build(folder: Path, *, deep: bool = True) -> object:
    python = ask_interpreter(Path(cpu_python()), os.environ)
    ((_, fact),) = find(
        Target(interpreter=python, environ=os.environ, deep=deep, artifacts=Artifacts(model=str(folder)))
    )
    return fact


@pytest.mark.parametrize("model_type", TYPES)
def test_the_files_hold_what_the_empty_model_has(root: Path, model_type: str):
    fact = build(root / model_type)
    assert isinstance(fact, Known), fact
    built: EmptyModel = fact.value
    needed = {name: group.shape for group in built.needed for name in expand(group.names)}
    optional = {name for group in built.optional for name in expand(group.names)}
    (weights,) = read_folder(str(root / model_type)).known_weights()
    written = {name: tensor.shape for name, tensor in weights.tensors().items() if name not in optional}
    assert written == needed


def test_code_of_the_folder_is_never_run(root: Path, tmp_path: Path):
    config = json.loads((root / "phi" / "config.json").read_text())
    mark = tmp_path / "mark"
    folder = tmp_path / "m"
    folder.mkdir()
    (folder / "configuration_custom.py").write_text(f"open({str(mark)!r}, 'w')\nclass CustomConfig: pass\n")
    config |= {"model_type": "custom", "auto_map": {"AutoConfig": "configuration_custom.CustomConfig"}}
    (folder / "config.json").write_text(json.dumps(config))
    fact = build(folder)
    assert isinstance(fact, Unknown)
    assert "transformers cannot build the model" in fact.detail
    assert not mark.exists()


def test_a_missing_tensor_is_named_with_deep_alone(root: Path):
    command = [sys.executable, "-m", "doctor", "check", "--python", cpu_python(), "--model", root / "phi"]
    command += ["--select", "MODEL015,MODEL024,MODEL025,MODEL026", "--format", "json"]
    plain = subprocess.run(command, capture_output=True, text=True, check=False)
    assert plain.returncode == 3, plain.stdout
    deep = subprocess.run([*command, "--deep"], capture_output=True, text=True, check=False)
    assert deep.returncode == 0, deep.stdout
