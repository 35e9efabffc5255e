"""E2E006."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.endtoend import END_TO_END, PhaseName
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.e2e.phases import judge_phases


@rule(severity=Severity.ERROR, cause=Cause.LORA_ADAPTER_FORMAT, since="0.1.0", reads=(END_TO_END,))
def vllm_adapter_differs(env: Env) -> Iterator[Problem]:
    """vLLM says what Hugging Face says with a LoRA adapter.

    ## What it checks
    Each of two adapters is given to vLLM as a `LoRARequest`; prompt log-probabilities and clear
    greedy tokens must agree with PEFT's, must be apart from the base model's and from the other
    adapter's, and the base model must say the same after them as before.

    ## Why it matters
    vLLM serves the base model, with a debug line only, when an adapter's weights match none of its
    modules: the adapter seems to work and does nothing.

    ## How to fix it
    Use versions of vLLM and PEFT that were released for each other.
    `doctor verify` tells whether the machine itself is sound.

    ## Sources
    - https://docs.vllm.ai/en/latest/features/lora.html
    - https://github.com/vllm-project/vllm/issues/34186
    """
    yield from judge_phases(
        env,
        PhaseName.VLLM_ADAPTER,
        needed="vLLM must apply each adapter as PEFT does",
        advice="Compare the versions of vllm and peft with the nearest known-good set (PIN).",
    )
