"""Names of tensors that are not those of the model: wrappers, unmerged adapters, other layouts."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Collection, Iterable, Mapping

from doctor.core.artifact.tensors import TensorGroup, expand, group_names
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


def names_with(groups: Iterable[TensorGroup], holds: Callable[[str], object]) -> list[str]:
    """The names of which something holds that no number in them decides: it is asked of each pattern once."""
    found = (expand(group.names) for group in groups if holds(group.names.pattern))
    return list(dict.fromkeys(itertools.chain.from_iterable(found)))


def foreign_prefix(groups: Iterable[TensorGroup], needed: Iterable[str]) -> str | None:
    """What stands before the names of a plan, "" where they lack their ``model.``; None where that is not it."""
    wanted = set(needed)
    patterns = {group.pattern for group in group_names(wanted)}
    # Names whose pattern is none of the plan, whatever is left out of it, are none either: of 150,000 nearly all.
    alike = names_with(groups, lambda pattern: _prefix_of(pattern, patterns) is not None)
    return next((prefix for name in alike if (prefix := _prefix_of(name, wanted)) is not None), None)


def _prefix_of(name: str, wanted: Collection[str]) -> str | None:
    if f"model.{name}" in wanted:
        return ""
    start = name.find(".") + 1
    while 0 < start < len(name):
        if name[start:] in wanted:
            return name[:start]
        start = name.find(".", start) + 1
    return None


def comparable(
    plan: Mapping[str, tuple[int, ...]], groups: Iterable[TensorGroup], env: Env
) -> dict[str, tuple[int, ...]]:
    """The tensors of a plan that can be compared: there is no formula for experts that are stored as one tensor."""
    if not any(is_fused(group.names.pattern) for group in groups):
        return dict(plan)
    env.gap("the experts are stored as one tensor for each layer, for which there is no formula")
    return {name: shape for name, shape in plan.items() if ".experts." not in name}
