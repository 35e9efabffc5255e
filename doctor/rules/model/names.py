"""Names of tensors that are not those of the model: wrappers, unmerged adapters, other layouts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from doctor.core.rule import Env

WRAPPERS = {
    "base_model.model.": "PEFT's wrapper",
    "_orig_mod.": "the wrapper of torch.compile",
    "module.": "the wrapper of DistributedDataParallel",
}
"""What stands before the names where a wrapper was saved in place of the model."""

_STARTS = tuple(WRAPPERS)

ADAPTER = re.compile(r"\.(base_layer|lora_[AB]|lora_embedding_[AB]|lora_magnitude_vector)\b|\.lora_[AB]\.")
PACKED = re.compile(
    r"\.(absmax|quant_map|nested_absmax|nested_quant_map|quant_state\.|qweight|qzeros|scales|g_idx|SCB)"
)
_FUSED = re.compile(r"\.experts\.(gate_up_proj|down_proj)$")


def wrapper_of(name: str) -> str:
    """The beginning of a name that belongs to a wrapper, or ""."""
    if not name.startswith(_STARTS):  # as nearly all, of which a model has up to 150,000
        return ""
    return next(wrapper for wrapper in WRAPPERS if name.startswith(wrapper))


def is_foreign(name: str) -> bool:
    """Whether another rule tells of a name: a wrapper's, an unmerged adapter's or a packed weight's."""
    return bool(wrapper_of(name) or ADAPTER.search(name) or PACKED.search(name))


def is_fused(name: str) -> bool:
    """Whether a tensor holds all experts of a layer."""
    return _FUSED.search(name) is not None


def foreign_prefix(names: Iterable[str], needed: Iterable[str]) -> str | None:
    """What stands before the names of a plan, "" where they lack their ``model.``; None where that is not it."""
    wanted = set(needed)
    for name in names:
        if f"model.{name}" in wanted:
            return ""
        start = name.find(".") + 1
        while 0 < start < len(name):
            if name[start:] in wanted:
                return name[:start]
            start = name.find(".", start) + 1
    return None


def comparable(plan: Mapping[str, tuple[int, ...]], tensors: Iterable[str], env: Env) -> dict[str, tuple[int, ...]]:
    """The tensors of a plan that can be compared: there is no formula for experts that are stored as one tensor."""
    if not any(is_fused(name) for name in tensors):
        return dict(plan)
    env.gap("the experts are stored as one tensor for each layer, for which there is no formula")
    return {name: shape for name, shape in plan.items() if ".experts." not in name}
