"""The attention layers of a model, as the cache of vLLM groups them.

vLLM gives every layer pages of one size and shares one pool of blocks between groups of layers
of one kind (https://github.com/vllm-project/vllm/blob/main/vllm/v1/core/kv_cache_utils.py).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from doctor.core.frozen import frozen

UNEVEN = 1.5
"""Up to this ratio the commoner kind of layers sets the size of a group, beyond it the rarer one."""

GEMMA_PATTERNS = {"gemma2": 2, "gemma3_text": 6}
"""Every n-th layer attends to everything where the config names no types of layers."""


class UnknownShapeError(ValueError):
    """The config does not say what a cache of this model holds; the text says what is missing."""


@frozen
class Attention:
    """The attention of a model.

    `full` and `sliding` count layers; `window` is the length that sliding ones look back in tokens. `heads` and
    `width` are the key-value heads and the size of one; a `latent` cache holds one compressed vector of `width`
    for a token instead, which all GPUs have whole.
    """

    full: int
    sliding: int
    window: int
    heads: int
    width: int
    latent: bool = False

    def page(self, block_tokens: int, element: int, parallel: int = 1) -> int:
        """Bytes of one block of one layer on one of `parallel` GPUs, `element` bytes a number."""
        if self.latent:
            return block_tokens * self.width * element
        return 2 * block_tokens * max(1, self.heads // parallel) * self.width * element

    @property
    def layers(self) -> int:
        """All layers that have a cache."""
        return self.full + self.sliding

    @property
    def group_size(self) -> int:
        """Layers of one group: all of them where they are alike."""
        kinds = sorted(count for count in (self.full, self.sliding) if count)
        if len(kinds) < 2:
            return kinds[0]
        rarer, commoner = kinds
        return commoner if commoner < UNEVEN * rarer else rarer

    def groups(self) -> tuple[int, int]:
        """How many groups attend to everything, and how many to a window."""
        return math.ceil(self.full / self.group_size), math.ceil(self.sliding / self.group_size)


def attention_of(config: Mapping[str, Any]) -> Attention:
    """Read the attention of a model from its config.

    Raises:
        UnknownShapeError: a number is missing, or the layers keep something else than keys and values.
    """
    text = config.get("text_config")
    values = {**config, **text} if isinstance(text, Mapping) else config
    layers, heads = number(values, "num_hidden_layers"), number(values, "num_attention_heads")
    sliding, window = _sliding(values, layers)
    if values.get("kv_lora_rank") is not None:
        width = number(values, "kv_lora_rank") + number(values, "qk_rope_head_dim")
        return Attention(full=layers, sliding=0, window=0, heads=1, width=width, latent=True)
    head = values.get("head_dim") or number(values, "hidden_size") // heads
    groups = values.get("num_key_value_heads") or heads
    return Attention(full=layers - sliding, sliding=sliding, window=window, heads=int(groups), width=int(head))


def number(values: Mapping[str, Any], name: str) -> int:
    """A positive whole number of a config.

    Raises:
        UnknownShapeError: it is missing, or none.
    """
    value = values.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise UnknownShapeError(f"the config states no {name}")
    return value


def _sliding(values: Mapping[str, Any], layers: int) -> tuple[int, int]:
    """How many layers look at a window only, and its length."""
    types = values.get("layer_types")
    window = values.get("sliding_window")
    if isinstance(types, list):
        other = {str(item) for item in types} - {"full_attention", "sliding_attention"}
        if other or len(types) != layers:
            raise UnknownShapeError(f"layers of the type {', '.join(sorted(other)) or '?'} keep no keys and values")
        count = types.count("sliding_attention")
    elif not window or values.get("use_sliding_window") is False:
        count = 0
    elif values.get("model_type") in GEMMA_PATTERNS:
        pattern = values.get("sliding_window_pattern") or GEMMA_PATTERNS[str(values["model_type"])]
        count = layers - layers // int(pattern)
    else:
        count = layers
    return (count, number(values, "sliding_window")) if count else (0, 0)
