"""Adapters and their bases for `tests.bases`: with what this or that release of vLLM does not serve."""

from __future__ import annotations

import json
from typing import Any

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.artifact.model import BASE
from doctor.core.snapshot import Key
from tests import models, tokenizers
from tests.adapters import Draft, embedding_pair, folder_of, lora, pair

Facts = dict[Key[Any], Any]


def of_all_kinds() -> Facts:
    """An adapter with every entry that a release may refuse or ignore, beside a plain one."""
    rich = lora(
        alora_invocation_tokens=[1, 2],
        alpha_pattern={"q_proj": 32},
        base_model_name_or_path="unsloth/other-bnb-4bit",
        bias="all",
        init_lora_weights="pissa",
        layer_replication=[[0, 2]],
        modules_to_save=["lm_head"],
        use_bdlora={"nblocks": 2},
        use_dora=True,
        use_qalora=True,
        use_rslora=True,
    )
    rich.tensors |= embedding_pair("model.embed_tokens", 320, 64)
    rich.tensors["base_model.model.lm_head.base_layer.weight"] = models.Stored("BF16", (320, 64))
    rich.files["tokenizer.json"] = json.dumps(tokenizers.tokenizer_json()).encode()
    rich.files["new_embeddings.safetensors"] = b""
    bare = lora(modules=("q_proj",)).rename("base_model.model.", "")
    return _facts(models.llama(), lora(modules=("q_proj",)), rich, bare)


def of_a_large_base() -> Facts:
    """Adapters of a quantised base with a long context and a large vocabulary."""
    base = models.llama(max_position_embeddings=131072, quantization_config={"quant_method": "awq_marlin"})
    base.config["vocab_size"] = 200000
    base.tensors, base.shards = {}, 0
    fused = lora(rank=128, modules=("q_proj",), use_rslora=True, rank_pattern={"x": 8}, exclude_modules=None)
    fused.tensors |= pair("model.layers.0.self_attn.qkv_proj", (128, 64), 128)
    return _facts(base, fused, _torch_file())


def of_a_base_without_lora() -> Facts:
    """An adapter for an architecture that took LoRA later than it came, with an expert that it does not have."""
    draft = lora()
    draft.tensors |= pair("model.layers.0.mlp.experts.9.gate_proj", (64, 64))
    return _facts(models.llama(architectures=["Qwen2MoeForCausalLM"], num_experts=8), draft)


def _torch_file() -> Draft:
    draft = lora()
    draft.tensors = None
    draft.files = {"adapter_model.pt": b"\x80"}
    return draft


def _facts(base: models.Draft, *drafts: Draft) -> Facts:
    folders = (folder_of(draft, f"/adapters/{number}", deep=True) for number, draft in enumerate(drafts))
    return {BASE: models.folder_of(base, "/models/base"), ADAPTERS: tuple(folders)}
