"""LORA008."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.folders import configs, in_config, integer
from doctor.rules.lora.remedies import save_again


@rule(severity=Severity.ERROR, cause=Cause.LORA_ADAPTER_FORMAT, since="0.1.0", reads=(ADAPTERS,))
def impossible_rank(env: Env) -> Iterator[Problem]:
    """Each rank that an adapter_config.json states is a positive integer.

    ## What it checks
    `r` and the values of `rank_pattern`.

    ## Why it matters
    vLLM: "LoRA rank `r` must be a positive integer"; releases before 0.26.0 divide by it. PEFT: "`r`
    should be a positive integer value".

    ## How to fix it
    Write the rank that the adapter was trained with: the number of rows of its lora_A tensors.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/v0.32.0/vllm/lora/peft_helper.py
    - Loaded with vLLM 0.32.0 (CPU) and PEFT 0.21.2 in November 2026.
    """
    for folder, config in configs(env):
        wrong = list(_wrong(config))
        if wrong:
            yield Problem(
                subject=folder.path,
                message=f"it states {', '.join(wrong)}, and a rank is a positive integer",
                location=in_config(folder),
                remedies=(save_again("Write the rank of the tensors, or save it again"),),
            )


def _wrong(config: dict[str, Any]) -> Iterator[str]:
    """The ranks that are none, as the config has them."""
    if "r" in config and not _is_rank(config["r"]):
        yield f"r={config['r']!r}"
    pattern = config.get("rank_pattern")
    for name, value in pattern.items() if isinstance(pattern, dict) else ():
        if not _is_rank(value):
            yield f"rank_pattern[{name!r}]={value!r}"


def _is_rank(value: object) -> bool:
    return (integer(value) or 0) > 0
