"""Completing a config.json that leaves entries out from the base model's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from doctor.core.artifact.tensors import Tensor

_OWN = frozenset({"_name_or_path", "auto_map", "quantization_config", "transformers_version"})
"""What a folder has for itself: it is neither compared nor taken over."""

_CHANGED = frozenset(
    {
        "architectures",
        "vocab_size",
        "max_position_embeddings",
        "eos_token_id",
        "bos_token_id",
        "pad_token_id",
        "use_cache",
    }
)
"""What fine-tuning or saving changes on purpose: it may differ where both state it."""

_TYPE = frozenset({"dtype", "torch_dtype"})
_STORED = {"BF16": "bfloat16", "F16": "float16", "F32": "float32"}


def complete(value: dict[str, Any], base: dict[str, Any], tensors: Iterable[Tensor]) -> dict[str, Any] | None:
    """Return a config with what the base's states beside it, or None where they are of two models.

    Nothing that is stated changes. They are of two models where an entry that training leaves alone differs.
    The type is taken over only where the tensors have it.
    """
    ignored = _OWN | _CHANGED | _TYPE
    if any(base[name] != item for name, item in value.items() if name in base and name not in ignored):
        return None
    stored = {_STORED.get(tensor.dtype) for tensor in tensors}
    taken = {
        name: item
        for name, item in base.items()
        if name not in value and name not in _OWN and (name not in _TYPE or stored == {item})
    }
    return {**value, **taken}
