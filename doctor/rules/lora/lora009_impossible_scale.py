"""LORA009."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.folders import configs, in_config, integer, number
from doctor.rules.lora.remedies import save_again


@rule(severity=Severity.ERROR, cause=Cause.LORA_ADAPTER_FORMAT, since="0.1.0", reads=(ADAPTERS,))
def impossible_scale(env: Env) -> Iterator[Problem]:
    """The scale of each adapter is a number other than zero.

    ## What it checks
    `lora_alpha` and the values of `alpha_pattern` are numbers, and none is 0.

    ## Why it matters
    The change that an adapter makes is multiplied by lora_alpha / r. With 0 both PEFT and vLLM load the
    adapter and answer as the base model, without a word. A text or null ends both with a TypeError.

    ## How to fix it
    Write the lora_alpha that the adapter was trained with.

    ## Sources
    - https://huggingface.co/docs/peft/package_reference/lora
    - Loaded with vLLM 0.32.0 (CPU) and PEFT 0.21.2 in November 2026.
    """
    for folder, config in configs(env):
        for name, value in _alphas(config):
            if not number(value):
                yield Problem(
                    subject=folder.path,
                    message=_message(name, value),
                    location=in_config(folder),
                    remedies=(save_again("Write the lora_alpha that it was trained with, or save it again"),),
                )


def _alphas(config: dict[str, Any]) -> list[tuple[str, object]]:
    pattern = config.get("alpha_pattern")
    found: list[tuple[str, object]] = [("lora_alpha", config["lora_alpha"])] if "lora_alpha" in config else []
    if isinstance(pattern, dict):
        found += [(f"alpha_pattern[{name!r}]", value) for name, value in pattern.items()]
    return found


def _message(name: str, value: object) -> str:
    if number(value) is None and integer(value) is not None:
        return f"its {name} is larger than any float: PEFT ends with an OverflowError"
    if number(value) is None:
        return f"its {name} is {value!r} and not a number: PEFT and vLLM end with a TypeError"
    return f"its {name} is 0: it changes nothing, and what is served is the base model without a word"
