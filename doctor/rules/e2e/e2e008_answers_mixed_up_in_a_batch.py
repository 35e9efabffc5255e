"""E2E008."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.endtoend import END_TO_END, PhaseName
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.e2e.phases import judge_phases


@rule(severity=Severity.ERROR, cause=Cause.OTHER, since="0.1.0", reads=(END_TO_END,))
def answers_mixed_up_in_a_batch(env: Env) -> Iterator[Problem]:
    """vLLM answers base and adapter requests of one batch as it answers them alone.

    ## What it checks
    A base request, one for each of two adapters and another base request are given to `generate`
    in one call. Greedy tokens and their log-probabilities must be those of each alone. The engine
    has one LoRA slot more than there are adapters (`max_loras`): without a slot to spare vLLM's CPU
    backend gives base requests the adapter of the last slot, which is a fault of vLLM that is known.

    ## Why it matters
    A server batches whatever arrives together: a mixed-up batch gives one user another's answers.

    ## How to fix it
    Use another release of vLLM; on a CPU set `--max-loras` to one more than the adapters in use.
    `doctor verify` tells whether the machine itself is sound.

    ## Sources
    - https://github.com/vllm-project/vllm/pull/48421
    - https://docs.vllm.ai/en/latest/features/lora.html
    """
    yield from judge_phases(
        env,
        PhaseName.VLLM_BATCH,
        needed="each request of a batch must be answered as it is alone",
        advice="Compare the version of vllm with the nearest known-good set (PIN).",
    )
