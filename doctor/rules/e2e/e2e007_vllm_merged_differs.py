"""E2E007."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.endtoend import END_TO_END, PhaseName
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.e2e.phases import judge_phases


@rule(severity=Severity.ERROR, cause=Cause.MODEL_WEIGHTS_INCOMPLETE, since="0.1.0", reads=(END_TO_END,))
def vllm_merged_differs(env: Env) -> Iterator[Problem]:
    """vLLM says what Hugging Face says with a merged model.

    ## What it checks
    A second engine, without LoRA, serves the model that was merged and saved in 16 bit; prompt
    log-probabilities and clear greedy tokens must agree with those of Hugging Face on the same
    folder. It does not apply to a model that is given with `--model`.

    ## Why it matters
    From vLLM 0.21 on the loader does not notice missing linear weights: a wrong merged folder can be
    served without an error.

    ## How to fix it
    Use versions of vLLM, PEFT and transformers that were released for each other.
    `doctor verify` tells whether the machine itself is sound.

    ## Sources
    - https://docs.vllm.ai/en/latest/features/lora.html
    - source of vllm 0.21.0: vllm/model_executor/model_loader/default_loader.py
    """
    yield from judge_phases(
        env,
        PhaseName.VLLM_MERGED,
        needed="vLLM and Hugging Face must agree on the merged model",
        advice="Compare the versions of vllm, peft and transformers with the nearest known-good set (PIN).",
    )
