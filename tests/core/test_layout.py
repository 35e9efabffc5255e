from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doctor.core.families import FAMILIES
from doctor.core.layout import LayoutError, layout_of
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
