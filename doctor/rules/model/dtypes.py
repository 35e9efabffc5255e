"""The dtypes of configs and of weights."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from doctor.core.artifact.tensors import Tensor
from doctor.core.same import Same
from doctor.rules.model.reading import text_config

NAMES = {"BF16": "bfloat16", "F16": "float16", "F32": "float32", "F64": "float64"}
"""What configs call the dtypes of the safetensors format in which weights are numbers as they are."""

_MASKS = (".attention.bias", ".attn.bias")

_WORDS = {**{name: word for word, name in NAMES.items()}, "half": "F16", "float": "F32", "double": "F64"}


def stated_dtype(config: Mapping[str, Any]) -> str | None:
    """The dtype that a config states, in the word of the safetensors format; None where it states none."""
    for part in (config, text_config(config)):
        for option in ("dtype", "torch_dtype"):
            value = part.get(option)
            if isinstance(value, str) and value in _WORDS:
                return _WORDS[value]
    return None


def main_dtype(tensors: Mapping[str, Tensor]) -> str | None:
    """The dtype of most elements, None where there are none or most are no plain numbers."""
    counts = count_elements(tensors)
    found = max(counts, key=counts.__getitem__, default="")
    return found if found in NAMES else None


def count_elements(tensors: Mapping[str, Tensor]) -> Mapping[str, int]:
    """The number of elements of each dtype."""
    return _count(Same(tensors))


@lru_cache(maxsize=2)
def _count(same: Same[Mapping[str, Tensor]]) -> Mapping[str, int]:
    # The tensors of a group share one object: 150,000 names have a few dozen of them.
    distinct = {id(item): item for item in same.value.values()}
    found: Counter[str] = Counter()
    for place, count in Counter(map(id, same.value.values())).items():
        found[distinct[place].dtype] += count * distinct[place].elements
    return MappingProxyType(found)


def is_plain(tensors: Mapping[str, Tensor]) -> bool:
    """Whether there are tensors and all are numbers in 16, 32 or 64 bit: nothing is quantized."""
    return bool(tensors) and all(item.dtype in NAMES or is_buffer(name, item) for name, item in tensors.items())


def is_buffer(name: str, tensor: Tensor) -> bool:
    """Whether a tensor holds positions or a mask and no weight, as older releases of transformers saved them.

    No weight is stored in truth values or in integers of 64 bit. GPT-NeoX and GPT-J kept a mask of 8 bit as
    ``attention.bias`` or ``attn.bias`` in each layer, which later releases do not read.
    """
    return tensor.dtype in ("BOOL", "I64") or name.endswith(_MASKS)
