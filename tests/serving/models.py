"""Model folders of real sizes, made of their configs and of the headers that their files have."""

from __future__ import annotations

from typing import Any

from doctor.core.artifact.folder import Document
from doctor.core.artifact.layout import layout_of
from doctor.core.artifact.model import ModelFolder
from doctor.core.artifact.tensors import SafetensorsFile, group_tensors
from tests.facts import absent, known

LLAMA_8B: dict[str, Any] = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
    "max_position_embeddings": 131072,
    "tie_word_embeddings": False,
}
"""The sizes of Llama 3.1 8B (https://huggingface.co/meta-llama/Llama-3.1-8B/blob/main/config.json)."""

QWEN_7B: dict[str, Any] = {
    "architectures": ["Qwen2ForCausalLM"],
    "model_type": "qwen2",
    "hidden_size": 3584,
    "intermediate_size": 18944,
    "num_hidden_layers": 28,
    "num_attention_heads": 28,
    "num_key_value_heads": 4,
    "vocab_size": 152064,
    "max_position_embeddings": 32768,
    "tie_word_embeddings": False,
}
"""The sizes of Qwen2.5 7B (https://huggingface.co/Qwen/Qwen2.5-7B/blob/main/config.json)."""


def folder_of(config: dict[str, Any], dtype: str = "BF16") -> ModelFolder:
    """A folder whose weights are those that the config needs."""
    layout = layout_of(config)
    assert layout is not None
    tensors = {name: (dtype, shape) for name, shape in layout.needed.items()}
    weights = SafetensorsFile(name="model.safetensors", size=0, groups=group_tensors(tensors))
    missing = absent("not in this test")
    return ModelFolder(
        path="/models/served",
        files=(),
        config=known(Document(name="config.json", value=config)),
        generation_config=missing,
        tokenizer_config=missing,
        special_tokens_map=missing,
        tokenizer=missing,
        chat_templates=missing,
        adapter_config=missing,
        index=missing,
        weights=(known(weights),),
    )
