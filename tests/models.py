"""Tiny model folders, real ones, written with the standard library: whole, or broken as a test wants them."""

from __future__ import annotations

import dataclasses
import json
import random
import struct
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from doctor.core.artifact.model import ModelFolder
from doctor.core.packages.registry import TRANSFORMERS_REGISTRY, VLLM_REGISTRY, TransformersRegistry, VllmRegistry
from doctor.core.snapshot import Key
from doctor.probes.model.folder import read_folder
from tests.tokenizers import TEMPLATE, tokenizer_config, tokenizer_json

REGISTRIES: dict[Key[Any], Any] = {
    VLLM_REGISTRY: VllmRegistry(
        architectures=(
            "Gemma2ForCausalLM",
            "LlamaForCausalLM",
            "LlamaModel",
            "Qwen2ForCausalLM",
            "TransformersForCausalLM",
        ),
        removed={"XverseForCausalLM": "0.23.0"},
        model_types=("chatglm",),
        quantizations=("awq", "compressed-tensors", "fp8", "gptq"),
        fallback=True,
    ),
    TRANSFORMERS_REGISTRY: TransformersRegistry(
        model_types=("gemma2", "glm", "llama", "qwen2"),
        causal={
            "gemma2": ("Gemma2ForCausalLM",),
            "glm": ("GlmForCausalLM",),
            "llama": ("LlamaForCausalLM",),
            "qwen2": ("Qwen2ForCausalLM",),
        },
        tokenizers=(
            "GPT2Tokenizer",
            "LlamaTokenizer",
            "PreTrainedTokenizerFast",
            "Qwen2Tokenizer",
            "TokenizersBackend",
        ),
    ),
}
"""A few of the names that vLLM 0.32 and transformers 5.19 know."""

Shape = tuple[int, ...]


BITS = {
    "BOOL": 8,
    "I64": 64,
    "F8_E4M3": 8,
    "F8_E5M2": 8,
    "F64": 64,
    "F32": 32,
    "BF16": 16,
    "F16": 16,
    "I32": 32,
    "I8": 8,
    "U8": 8,
}


@dataclass(slots=True)
class Stored:
    """A tensor as it is written; without `content` its bytes are zeros."""

    dtype: str
    shape: Shape
    content: bytes | None = None

    @property
    def size(self) -> int:
        count = BITS[self.dtype]
        for size in self.shape:
            count *= size
        return count // 8


@dataclass(slots=True)
class Draft:
    """A model folder before it is written: change what should be wrong, then `write` it."""

    config: Any
    tensors: dict[str, Stored]
    generation_config: Any
    tokenizer: Any
    tokenizer_config: Any
    special_tokens_map: Any
    template: str | None = TEMPLATE
    shards: int = 1
    metadata: Mapping[str, str] | None = field(default_factory=lambda: {"format": "pt"})

    def write(self, folder: Path) -> Path:
        """Write the folder; what is None is left out."""
        folder.mkdir(parents=True, exist_ok=True)
        documents = {
            "config.json": self.config,
            "generation_config.json": self.generation_config,
            "tokenizer.json": self.tokenizer,
            "tokenizer_config.json": self.tokenizer_config,
            "special_tokens_map.json": self.special_tokens_map,
        }
        for name, content in documents.items():
            if content is not None:
                write_json(folder / name, content)
        if self.template is not None:
            (folder / "chat_template.jinja").write_text(self.template)
        self._write_weights(folder)
        return folder

    def _write_weights(self, folder: Path) -> None:
        if self.shards == 1:
            write_safetensors(folder / "model.safetensors", self.tensors, self.metadata)
        elif self.shards:
            write_shards(folder, self.tensors, self.shards, self.metadata)


def write_json(path: Path, content: Any) -> None:
    """Write JSON; a text is written as it is."""
    path.write_text(content if isinstance(content, str) else json.dumps(content, indent=2))


def encode(tensors: Mapping[str, Stored], metadata: Mapping[str, str] | None = None) -> bytes:
    """The bytes of a safetensors file."""
    header: dict[str, Any] = {} if metadata is None else {"__metadata__": dict(metadata)}
    offset = 0
    for name, tensor in tensors.items():
        header[name] = {
            "dtype": tensor.dtype,
            "shape": list(tensor.shape),
            "data_offsets": [offset, offset + tensor.size],
        }
        offset += tensor.size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    contents = [tensor.content if tensor.content is not None else bytes(tensor.size) for tensor in tensors.values()]
    return b"".join([struct.pack("<Q", len(text)), text, *contents])


def write_safetensors(path: Path, tensors: Mapping[str, Stored], metadata: Mapping[str, str] | None = None) -> Path:
    path.write_bytes(encode(tensors, {"format": "pt"} if metadata is None else metadata or None))
    return path


def shard_name(number: int, count: int) -> str:
    return f"model-{number:05d}-of-{count:05d}.safetensors"


def write_shards(
    folder: Path, tensors: Mapping[str, Stored], count: int, metadata: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Write tensors in `count` shards with their index; returns the weight map."""
    names = list(tensors)
    weight_map = {}
    for number in range(count):
        part = names[number::count]
        file = shard_name(number + 1, count)
        write_safetensors(folder / file, {name: tensors[name] for name in part}, metadata)
        weight_map.update(dict.fromkeys(part, file))
    write_index(folder, weight_map, sum(tensor.size for tensor in tensors.values()))
    return weight_map


def write_index(folder: Path, weight_map: Mapping[str, str], total: int) -> None:
    index = {"metadata": {"total_size": total}, "weight_map": dict(sorted(weight_map.items()))}
    write_json(folder / "model.safetensors.index.json", index)


def llama_config(**changes: Any) -> dict[str, Any]:
    """A config in the spellings of both transformers 4 and 5."""
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "attention_bias": False,
        "attention_dropout": 0.0,
        "bos_token_id": 1,
        "dtype": "bfloat16",
        "eos_token_id": 2,
        "head_dim": 16,
        "hidden_act": "silu",
        "hidden_size": 64,
        "initializer_range": 0.02,
        "intermediate_size": 128,
        "max_position_embeddings": 512,
        "mlp_bias": False,
        "num_attention_heads": 4,
        "num_hidden_layers": 2,
        "num_key_value_heads": 2,
        "pad_token_id": 0,
        "rms_norm_eps": 1e-05,
        "rope_parameters": {"rope_theta": 10000.0, "rope_type": "default"},
        "rope_scaling": None,
        "rope_theta": 10000.0,
        "tie_word_embeddings": False,
        "torch_dtype": "bfloat16",
        "use_cache": True,
        "vocab_size": 320,
        **changes,
    }


REAL_SIZE = {"head_dim": 64, "hidden_size": 256, "intermediate_size": 512}
"""Sizes that vLLM's attention on the CPU can compute."""


def llama_shapes(config: Mapping[str, Any]) -> dict[str, Shape]:
    """The tensors of a Llama of this config, written down by hand."""
    hidden, inner, head = config["hidden_size"], config["intermediate_size"], config["head_dim"]
    query, key = config["num_attention_heads"] * head, config["num_key_value_heads"] * head
    shapes: dict[str, Shape] = {"model.embed_tokens.weight": (config["vocab_size"], hidden)}
    for number in range(config["num_hidden_layers"]):
        layer = f"model.layers.{number}"
        shapes |= {
            f"{layer}.input_layernorm.weight": (hidden,),
            f"{layer}.self_attn.q_proj.weight": (query, hidden),
            f"{layer}.self_attn.k_proj.weight": (key, hidden),
            f"{layer}.self_attn.v_proj.weight": (key, hidden),
            f"{layer}.self_attn.o_proj.weight": (hidden, query),
            f"{layer}.post_attention_layernorm.weight": (hidden,),
            f"{layer}.mlp.gate_proj.weight": (inner, hidden),
            f"{layer}.mlp.up_proj.weight": (inner, hidden),
            f"{layer}.mlp.down_proj.weight": (hidden, inner),
        }
    shapes["model.norm.weight"] = (hidden,)
    if not config.get("tie_word_embeddings"):
        shapes["lm_head.weight"] = (config["vocab_size"], hidden)
    return shapes


@cache
def noise(name: str, count: int) -> bytes:
    """Bfloat16 numbers of a size between 1/32 and 1/8, the same for the same name."""
    content = bytearray(random.Random(name).randbytes(2 * count))
    signs = bytes(0x3D | (number & 0x80) for number in range(256))
    content[1::2] = content[1::2].translate(signs)
    return bytes(content)


def stored(name: str, shape: Shape, *, real: bool = False) -> Stored:
    """A tensor in bfloat16: zeros, or numbers with which a model answers; norms are ones."""
    if not real:
        return Stored("BF16", shape)
    count = 1
    for size in shape:
        count *= size
    if len(shape) == 1:
        return Stored("BF16", shape, b"\x80\x3f" * count)
    return Stored("BF16", shape, noise(name, count))


def llama(*, real: bool = False, **changes: Any) -> Draft:
    """A whole tiny Llama; `real` gives it weights with which it answers, and sizes that vLLM can compute."""
    config = llama_config(**{**(REAL_SIZE if real else {}), **changes})
    return Draft(
        config=config,
        tensors={name: stored(name, shape, real=real) for name, shape in llama_shapes(config).items()},
        generation_config={"_from_model_config": True, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0},
        tokenizer=tokenizer_json(),
        tokenizer_config=tokenizer_config(),
        special_tokens_map={"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"},
    )


def folder_of(draft: Draft, path: str = "/models/tiny") -> ModelFolder:
    """What the probe finds in the folder of a draft, as if it lay under `path`."""
    with tempfile.TemporaryDirectory() as place:
        return dataclasses.replace(read_folder(str(draft.write(Path(place)))), path=path)
