"""The cache of a model by formula: the numbers are those that vLLM 0.32 (CPU build) printed for the same models.

`scripts/measure_plan.py` asks a vLLM for them anew.
"""

from __future__ import annotations

from typing import Any

import pytest

from doctor.serving.attention import UnknownShapeError, attention_of
from doctor.serving.cache import capacity_of

MIB = 1024**2


def config(layers: int = 2, heads: int = 4, groups: int = 2, head: int = 64, **more: Any) -> dict[str, Any]:
    return {
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": groups,
        "head_dim": head,
        "hidden_size": heads * head,
        **more,
    }


def gemma(kind: str, layers: int) -> dict[str, Any]:
    return config(layers, model_type=kind, sliding_window=16)


@pytest.mark.parametrize(
    ("model", "block", "element", "length", "batched", "blocks", "concurrency", "tokens"),
    [
        (config(4), 128, 2, 128, 128, 32, 32.0, 4096),
        (config(4), 32, 2, 128, 128, 128, 32.0, 4096),
        (config(4), 128, 2, 300, 300, 32, 10.67, 3200),
        (config(4), 128, 4, 128, 128, 16, 16.0, 2048),
        (config(2, groups=4, head=128), 128, 2, 128, 128, 16, 16.0, 2048),
        (config(2, sliding_window=16), 128, 2, 128, 128, 64, 32.0, 4096),
        (gemma("gemma2", 2), 128, 2, 128, 128, 128, 42.67, 5461),
        (gemma("gemma3_text", 6), 128, 2, 128, 128, 128, 11.64, 1489),
        (gemma("gemma3_text", 12), 128, 2, 512, 256, 64, 2.67, 1365),
        (gemma("gemma3_text", 8), 128, 2, 512, 256, 128, 4.0, 2048),
        (config(4, kv_lora_rank=512, qk_rope_head_dim=64), 16, 2, 128, 128, 113, 14.125, 1808),
        (config(4, kv_lora_rank=64, qk_rope_head_dim=32), 16, 2, 128, 128, 682, 85.25, 10912),
    ],
)
def test_counts_as_vllm_does(model, block, element, length, batched, blocks, concurrency, tokens):
    found = capacity_of(
        attention_of(model), size=8 * MIB, length=length, batched_tokens=batched, block_tokens=block, element=element
    )
    assert (found.blocks, round(found.concurrency, 3 if concurrency == 14.125 else 2), found.tokens) == (
        blocks,
        concurrency,
        tokens,
    )


def test_all_layers_look_at_a_window_where_the_config_has_one():
    assert attention_of(config(4, sliding_window=16)).sliding == 4
    assert attention_of(config(4, sliding_window=16, use_sliding_window=False)).sliding == 0
    types = ["full_attention", "sliding_attention", "sliding_attention", "sliding_attention"]
    assert attention_of(config(4, sliding_window=16, layer_types=types)).sliding == 3


def test_the_text_part_of_a_multimodal_config_counts():
    nested = {"model_type": "gemma3", "text_config": gemma("gemma3_text", 6)}
    assert attention_of(nested) == attention_of(gemma("gemma3_text", 6))


@pytest.mark.parametrize("name", ["num_hidden_layers", "num_attention_heads"])
@pytest.mark.parametrize("value", [None, 0, -1, "32", True, 2.5])
def test_a_size_that_is_missing_is_not_guessed(name, value):
    with pytest.raises(UnknownShapeError, match=name):
        attention_of({**config(), name: value})


def test_layers_that_keep_a_state_are_not_counted_as_attention():
    with pytest.raises(UnknownShapeError, match="linear_attention"):
        attention_of(config(2, layer_types=["linear_attention", "full_attention"]))
