from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doctor.core.artifact.families import FAMILIES
from doctor.core.artifact.layout import LayoutError, layout_of
from tests.models import llama_config, llama_shapes


@pytest.mark.parametrize("changes", [{}, {"head_dim": 32}, {"num_hidden_layers": 3}, {"tie_word_embeddings": True}])
def test_a_llama_as_written_down_by_hand(changes: dict[str, Any]):
    config = llama_config(**changes)
    layout = layout_of(config)
    assert layout is not None
    assert layout.needed == llama_shapes(config)
    assert layout.architecture == "LlamaForCausalLM"


def test_a_tied_head_may_be_there_and_need_not():
    layout = layout_of(llama_config(tie_word_embeddings=True))
    assert layout is not None
    assert layout.optional == {"lm_head.weight": (320, 64)}


def test_what_a_config_leaves_out_is_what_the_class_says():
    layout = layout_of({"model_type": "llama"})
    assert layout is not None
    assert layout.needed["model.layers.31.self_attn.k_proj.weight"] == (4096, 4096)
    assert len(layout.needed) == 3 + 32 * 9


def test_seventy_billion_parameters():
    layout = layout_of(
        {
            **{"model_type": "llama", "hidden_size": 8192, "intermediate_size": 28672, "num_hidden_layers": 80},
            **{"num_attention_heads": 64, "num_key_value_heads": 8, "vocab_size": 128256},
        }
    )
    assert layout is not None
    parameters = sum(shape[0] * (shape[1] if len(shape) > 1 else 1) for shape in layout.needed.values())
    assert parameters == 70_553_706_496  # as the model card of Llama 3 70B states


@pytest.mark.parametrize("model_type", [None, 3, "foo9", "gpt_oss", ["llama"]])
def test_no_formula_no_layout(model_type: Any):
    assert layout_of({"model_type": model_type}) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"hidden_size": "64"},
        {"hidden_size": 0},
        {"num_attention_heads": -1},
        {"num_attention_heads": True},
        {"num_hidden_layers": 10**9},
        {"num_hidden_layers": 2.0},
        {"head_dim": []},
        {"vocab_size": None},
        {"model_type": "mixtral", "num_local_experts": 10**9},
        {"model_type": "qwen3_moe", "decoder_sparse_step": 0},
        {"model_type": "qwen3_moe", "mlp_only_layers": 3},
    ],
)
def test_sizes_that_no_model_has(changes: dict[str, Any]):
    with pytest.raises(LayoutError):
        layout_of(llama_config(**changes))


def tensors(**changes: Any) -> dict[str, tuple[int, ...]]:
    """The tensors of the one layer of a tiny model: 64 wide, 4 heads of 16, 2 groups."""
    sizes = {"hidden_size": 64, "intermediate_size": 96, "num_attention_heads": 4, "num_key_value_heads": 2}
    layout = layout_of({**sizes, "head_dim": 16, "num_hidden_layers": 1, "vocab_size": 320, **changes})
    assert layout is not None
    prefix = "model.layers.0."
    return {name.removeprefix(prefix): shape for name, shape in layout.needed.items() if name.startswith(prefix)}


@pytest.mark.parametrize(
    ("config", "needed", "others"),
    [
        (
            {"model_type": "phi3"},
            {"self_attn.qkv_proj.weight": (128, 64), "mlp.gate_up_proj.weight": (192, 64)},
            "q_proj",
        ),
        ({"model_type": "qwen2"}, {"self_attn.q_proj.bias": (64,), "self_attn.v_proj.bias": (32,)}, "o_proj.bias"),
        (
            {"model_type": "llama", "mlp_bias": True},
            {"mlp.up_proj.bias": (96,), "mlp.down_proj.bias": (64,)},
            "q_proj.bias",
        ),
        ({"model_type": "qwen3"}, {"self_attn.q_norm.weight": (16,), "self_attn.k_norm.weight": (16,)}, ".bias"),
        (
            {"model_type": "olmo2"},
            {"self_attn.q_norm.weight": (64,), "self_attn.k_norm.weight": (32,)},
            "input_layernorm",
        ),
        (
            {"model_type": "mixtral", "num_local_experts": 2},
            {"block_sparse_moe.gate.weight": (2, 64), "block_sparse_moe.experts.1.w2.weight": (64, 96)},
            "mlp.",
        ),
        (
            {"model_type": "granitemoe", "num_local_experts": 2},
            {"block_sparse_moe.input_linear.weight": (2, 192, 64), "block_sparse_moe.router.layer.weight": (2, 64)},
            "shared_mlp",
        ),
        (
            {"model_type": "granitemoeshared", "shared_intermediate_size": 32},
            {"shared_mlp.input_linear.weight": (64, 64), "shared_mlp.output_linear.weight": (64, 32)},
            "mlp.gate_proj",
        ),
        ({"model_type": "granitemoeshared", "shared_intermediate_size": 0}, {}, "shared_mlp"),
        (
            {"model_type": "qwen2_moe", "num_experts": 2, "shared_expert_intermediate_size": 48},
            {
                "mlp.gate.weight": (2, 64),
                "mlp.shared_expert_gate.weight": (1, 64),
                "mlp.shared_expert.up_proj.weight": (48, 64),
            },
            "mlp.up_proj",
        ),
        (
            {"model_type": "qwen3_moe", "num_experts": 2, "moe_intermediate_size": 8},
            {"mlp.experts.1.up_proj.weight": (8, 64)},
            "shared_expert",
        ),
        ({"model_type": "qwen3_moe", "mlp_only_layers": [0]}, {"mlp.up_proj.weight": (96, 64)}, "experts"),
    ],
    ids=lambda value: value.get("model_type") if isinstance(value, dict) else None,
)
def test_what_the_families_have_of_their_own(config: dict[str, Any], needed: dict[str, Any], others: str):
    found = tensors(**config)
    assert needed.items() <= found.items()
    assert not any(others in name for name in found)


VALUES = (
    st.none() | st.booleans() | st.integers(-2, 70) | st.floats() | st.text(max_size=3) | st.lists(st.integers(0, 3))
)
OPTIONS = ("hidden_size", "num_attention_heads", "num_key_value_heads", "head_dim", "num_hidden_layers", "vocab_size")
MORE = ("mlp_only_layers", "decoder_sparse_step", "attention_bias", "num_local_experts", "tie_word_embeddings")


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(FAMILIES)), st.dictionaries(st.sampled_from(OPTIONS + MORE), VALUES))
def test_whatever_a_config_says_it_is_a_layout_or_an_error(model_type: str, changes: dict[str, Any]):
    try:
        layout = layout_of({**llama_config(), "model_type": model_type, **changes})
    except LayoutError:
        return
    assert layout is not None
    assert all(all(type(number) is int and number > 0 for number in shape) for shape in layout.tensors.values())
