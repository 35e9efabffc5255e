"""The classes of models whose tensors follow from their config by formula, and where they differ.

The defaults are those of the classes of transformers 5.19
(https://github.com/huggingface/transformers/tree/main/src/transformers/models).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from doctor.core.frozen import frozen


@frozen
class Family:
    """How a class of models is laid out, where the classes differ.

    `defaults` are what the class puts for sizes that a config does not state. `attention_biases`
    and `mlp_biases` name the projections that have a bias, with the option that switches it on
    (``""`` for always). `head_norms` is the width of the norms of queries and keys: ``head`` or
    ``all``. `experts` names the scheme of a mixture.
    """

    architecture: str
    defaults: Mapping[str, Any]
    norms: tuple[str, ...] = ("input_layernorm", "post_attention_layernorm")
    attention_biases: tuple[str, ...] = ()
    bias_option: str = "attention_bias"
    mlp_bias_option: str = ""
    head_norms: str = ""
    fused: bool = False
    experts: str = ""
    shared_expert: bool = False


_ALL = ("q_proj", "k_proj", "v_proj", "o_proj")
_QKV = ("q_proj", "k_proj", "v_proj")
_SANDWICH = (
    *("input_layernorm", "post_attention_layernorm"),
    *("pre_feedforward_layernorm", "post_feedforward_layernorm"),
)


def _sizes(
    hidden: int, inner: int, layers: int, heads: int, groups: int | None, rows: int, **more: Any
) -> dict[str, Any]:
    return {
        "hidden_size": hidden,
        "intermediate_size": inner,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": groups,
        "vocab_size": rows,
        "tie_word_embeddings": False,
        **more,
    }


FAMILIES: Mapping[str, Family] = {
    "llama": Family(
        architecture="LlamaForCausalLM",
        defaults=_sizes(4096, 11008, 32, 32, None, 32000),
        attention_biases=_ALL,
        mlp_bias_option="mlp_bias",
    ),
    "mistral": Family(architecture="MistralForCausalLM", defaults=_sizes(4096, 14336, 32, 32, 8, 32000)),
    "qwen2": Family(
        architecture="Qwen2ForCausalLM",
        defaults=_sizes(4096, 22016, 32, 32, 32, 151936),
        attention_biases=_QKV,
        bias_option="",
    ),
    "qwen3": Family(
        architecture="Qwen3ForCausalLM",
        defaults=_sizes(4096, 22016, 32, 32, 32, 151936, head_dim=128),
        attention_biases=_ALL,
        head_norms="head",
    ),
    "gemma": Family(
        architecture="GemmaForCausalLM",
        defaults=_sizes(3072, 24576, 28, 16, 16, 256000, head_dim=256, tie_word_embeddings=True),
        attention_biases=_ALL,
    ),
    "gemma2": Family(
        architecture="Gemma2ForCausalLM",
        defaults=_sizes(2304, 9216, 26, 8, 4, 256000, head_dim=256, tie_word_embeddings=True),
        attention_biases=_ALL,
        norms=_SANDWICH,
    ),
    "gemma3_text": Family(
        architecture="Gemma3ForCausalLM",
        defaults=_sizes(2304, 9216, 26, 8, 4, 262208, head_dim=256, tie_word_embeddings=True),
        attention_biases=_ALL,
        norms=_SANDWICH,
        head_norms="head",
    ),
    "phi3": Family(
        architecture="Phi3ForCausalLM",
        defaults=_sizes(3072, 8192, 32, 32, None, 32064),
        fused=True,
    ),
    "granite": Family(
        architecture="GraniteForCausalLM",
        defaults=_sizes(4096, 11008, 32, 32, None, 32000),
        attention_biases=_ALL,
        mlp_bias_option="mlp_bias",
    ),
    "smollm3": Family(
        architecture="SmolLM3ForCausalLM",
        defaults=_sizes(2048, 11008, 36, 16, 4, 128256, tie_word_embeddings=True),
        attention_biases=_ALL,
        mlp_bias_option="mlp_bias",
    ),
    "olmo2": Family(
        architecture="Olmo2ForCausalLM",
        defaults=_sizes(4096, 11008, 32, 32, None, 50304),
        attention_biases=_ALL,
        norms=("post_attention_layernorm", "post_feedforward_layernorm"),
        head_norms="all",
    ),
    "mixtral": Family(
        architecture="MixtralForCausalLM",
        defaults=_sizes(4096, 14336, 32, 32, 8, 32000, num_local_experts=8),
        experts="mixtral",
    ),
    "qwen2_moe": Family(
        architecture="Qwen2MoeForCausalLM",
        defaults=_sizes(
            *(2048, 5632, 24, 16, 16, 151936),
            **{"num_experts": 60, "moe_intermediate_size": 1408, "shared_expert_intermediate_size": 5632},
            qkv_bias=True,
        ),
        attention_biases=_QKV,
        bias_option="qkv_bias",
        experts="qwen",
        shared_expert=True,
    ),
    "qwen3_moe": Family(
        architecture="Qwen3MoeForCausalLM",
        defaults=_sizes(2048, 6144, 24, 32, 4, 151936, num_experts=128, moe_intermediate_size=768),
        attention_biases=_ALL,
        head_norms="head",
        experts="qwen",
    ),
    "granitemoe": Family(
        architecture="GraniteMoeForCausalLM",
        defaults=_sizes(4096, 11008, 32, 32, None, 32000, num_local_experts=8),
        attention_biases=_ALL,
        experts="granite",
    ),
    "granitemoeshared": Family(
        architecture="GraniteMoeSharedForCausalLM",
        defaults=_sizes(4096, 11008, 32, 32, None, 32000, num_local_experts=8, shared_intermediate_size=1024),
        attention_biases=_ALL,
        experts="granite",
        shared_expert=True,
    ),
}
"""The families by their ``model_type``."""
