"""E2E009."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.endtoend import END_TO_END, PhaseName
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.e2e.phases import judge_phases


@rule(severity=Severity.ERROR, cause=Cause.LORA_ADAPTER_FORMAT, since="0.1.0", reads=(END_TO_END,))
def broken_adapter_taken(env: Env) -> Iterator[Problem]:
    """vLLM refuses an adapter that it cannot serve, and goes on.

    ## What it checks
    An adapter of twice the rank that the engine was started for is given to `add_lora`. It must be
    refused with an error that speaks of the rank, and the base model must say the same afterwards
    as before. This is the negative control of the proof: a check that refuses nothing proves nothing.

    ## Why it matters
    An adapter that is taken although it does not fit is served wrongly without an error.

    ## How to fix it
    Use another release of vLLM. `doctor verify` tells whether the machine itself is sound.

    ## Sources
    - https://docs.vllm.ai/en/latest/features/lora.html
    """
    yield from judge_phases(
        env,
        PhaseName.VLLM_REFUSAL,
        needed="an adapter above max_lora_rank must be refused, and the engine must go on",
        advice="Compare the version of vllm with the nearest known-good set (PIN).",
    )
