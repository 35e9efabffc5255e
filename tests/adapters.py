"""Tiny LoRA adapter folders for the models of `tests.models`: whole, or broken as a test wants them."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from doctor.core.artifact.adapter import AdapterFolder
from doctor.probes.adapter.folder import read_adapter
from tests.models import REAL_SIZE, Shape, Stored, llama_config, llama_shapes, noise, write_json, write_safetensors

PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
BASE = "meta-llama/Llama-3.2-1B"


@dataclass(slots=True)
class Draft:
    """An adapter folder before it is written: change what should be wrong, then `write` it.

    `files` are further files by their names; what is None is left out.
    """

    config: Any
    tensors: dict[str, Stored] | None
    files: dict[str, bytes] = field(default_factory=dict)
    metadata: Mapping[str, str] | None = field(default_factory=lambda: {"format": "pt"})

    def write(self, folder: Path) -> Path:
        """Write the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        if self.config is not None:
            write_json(folder / "adapter_config.json", self.config)
        if self.tensors is not None:
            write_safetensors(folder / "adapter_model.safetensors", self.tensors, self.metadata)
        for name, content in self.files.items():
            (folder / name).write_bytes(content)
        return folder

    def rename(self, old: str, new: str) -> Draft:
        """Put `new` for `old` in all names of tensors."""
        assert self.tensors is not None
        self.tensors = {name.replace(old, new): tensor for name, tensor in self.tensors.items()}
        return self

    def state(self, **config: Any) -> Draft:
        """Change entries of the config."""
        self.config.update(config)
        return self

    def drop(self, *names: str) -> Draft:
        """Take entries out of the config."""
        for name in names:
            del self.config[name]
        return self


def adapter_config(**changes: Any) -> dict[str, Any]:
    """A config as PEFT 0.21 writes it."""
    return {
        "alora_invocation_tokens": None,
        "alpha_pattern": {},
        "auto_mapping": None,
        "base_model_name_or_path": BASE,
        "bias": "none",
        "fan_in_fan_out": False,
        "inference_mode": True,
        "init_lora_weights": True,
        "layer_replication": None,
        "layers_pattern": None,
        "layers_to_transform": None,
        "lora_alpha": 16,
        "lora_bias": False,
        "lora_dropout": 0.0,
        "modules_to_save": None,
        "peft_type": "LORA",
        "r": 8,
        "rank_pattern": {},
        "revision": None,
        "target_modules": list(PROJECTIONS),
        "target_parameters": None,
        "task_type": "CAUSAL_LM",
        "trainable_token_indices": None,
        "use_bdlora": None,
        "use_dora": False,
        "use_qalora": False,
        "use_rslora": False,
        **changes,
    }


def matrix(name: str, shape: Shape, dtype: str = "BF16") -> Stored:
    """A matrix of numbers other than zero, the same for the same name."""
    if dtype != "BF16":
        return Stored(dtype, shape)
    return Stored(dtype, shape, noise(name, shape[0] * shape[1]))


def modules_of(config: Mapping[str, Any], *suffixes: str) -> dict[str, Shape]:
    """The modules of a Llama of this config whose last word is one of `suffixes`: (outputs, inputs)."""
    shapes = {name.removesuffix(".weight"): shape for name, shape in llama_shapes(config).items()}
    return {name: shape for name, shape in shapes.items() if name.rpartition(".")[2] in suffixes}


def pair(module: str, shape: Shape, rank: int = 8) -> dict[str, Stored]:
    """The two tensors of one module."""
    a, b = f"base_model.model.{module}.lora_A.weight", f"base_model.model.{module}.lora_B.weight"
    return {a: matrix(a, (rank, shape[1])), b: matrix(b, (shape[0], rank))}


def embedding_pair(module: str, vocabulary: int, size: int, rank: int = 8) -> dict[str, Stored]:
    """The two tensors of an embedding."""
    a, b = f"base_model.model.{module}.lora_embedding_A", f"base_model.model.{module}.lora_embedding_B"
    return {a: matrix(a, (rank, vocabulary)), b: matrix(b, (size, rank))}


def lora(*, real: bool = False, rank: int = 8, modules: tuple[str, ...] = PROJECTIONS, **changes: Any) -> Draft:
    """A whole adapter for `tests.models.llama`; `real` for the one with the sizes that vLLM can compute."""
    base = llama_config(**(REAL_SIZE if real else {}))
    tensors: dict[str, Stored] = {}
    for module, shape in modules_of(base, *modules).items():
        tensors |= pair(module, shape, rank)
    return Draft(config=adapter_config(r=rank, target_modules=list(modules), **changes), tensors=tensors)


def folder_of(draft: Draft, path: str = "/adapters/tiny", *, deep: bool = False) -> AdapterFolder:
    """What the probe finds in the folder of a draft, as if it lay under `path`."""
    with tempfile.TemporaryDirectory() as place:
        return dataclasses.replace(read_adapter(str(draft.write(Path(place))), deep=deep), path=path)
