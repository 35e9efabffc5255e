"""LORA021."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.fact import Known, Source
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.features import Feature, judge
from doctor.rules.lora.folders import configs, in_weights
from doctor.rules.lora.names import Part, of_part


@rule(
    severity=Severity.ERROR,
    cause=Cause.LORA_ADAPTER_FORMAT,
    since="0.1.0",
    reads=(ADAPTERS, DISTRIBUTIONS),
)
def trained_bias(env: Env) -> Iterator[Problem]:
    """No adapter trains biases.

    ## What it checks
    `bias` of the config is "none", `lora_bias` is false, and the tensors hold no bias of a lora_B.

    ## Why it matters
    vLLM: "Adapter bias is not supported." and "vLLM does not support LoRA bias (lora_bias)". Releases 0.6.4 to
    0.11.0 load them with `--enable-lora-bias`.

    ## How to fix it
    Merge the adapter into its base and serve the merged model.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/v0.32.0/vllm/lora/peft_helper.py
    - https://github.com/vllm-project/vllm/pull/5733
    - Loaded with vLLM 0.32.0 (CPU) and PEFT 0.21.2 in November 2026.
    """
    for folder, config in configs(env):
        env.note(f"weights of {folder.path}", folder.weights)
        tensors = of_part(folder.weights.value.tensors(), Part.BIAS) if isinstance(folder.weights, Known) else []
        bias = config.get("bias") or "none"
        if bias != "none":
            yield from judge(env, folder, _feature(f"it trains biases (bias={bias!r})"))
        elif config.get("lora_bias"):
            yield from judge(env, folder, _feature("it has biases on lora_B (lora_bias)"))
        elif tensors:
            yield from judge(env, folder, _feature(f"it has biases on lora_B ({tensors[0].text})", in_weights(folder)))


def _feature(seen: str, place: Source | None = None) -> Feature:
    return Feature(seen=seen, treatment=lambda row: row.bias, ignored="the biases are left out", place=place)
