"""E2E004."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.endtoend import END_TO_END, PhaseName
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.e2e.phases import judge_phases


@rule(severity=Severity.ERROR, cause=Cause.OTHER, since="0.1.0", reads=(END_TO_END,))
def vllm_does_not_start(env: Env) -> Iterator[Problem]:
    """vLLM starts with LoRA enabled on a converted model.

    ## What it checks
    `LLM(model, enable_lora=True)` with eager execution and a small cache, in one process, in the
    type that the machine computes LoRA in (float32 on a CPU, float16 on a GPU).

    ## Why it matters
    Missing packages, extensions that were built for another torch or CUDA, processor instructions
    that are not there: whatever metadata does not show, shows when the engine starts.

    ## How to fix it
    Read the first error: it names the module or the symbol. Then install what it needs.
    `doctor verify` tells whether the machine itself is sound.

    ## Sources
    - https://docs.vllm.ai/en/latest/usage/troubleshooting.html
    - https://docs.vllm.ai/en/latest/features/lora.html
    """
    yield from judge_phases(
        env,
        PhaseName.VLLM_START,
        needed="vLLM must start on a sound tiny model",
        advice="The first error in this message names the cause; PKG and ABI tell which package brings it.",
    )
