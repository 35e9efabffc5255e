"""E2E005."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.endtoend import END_TO_END, PhaseName
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.e2e.phases import judge_phases


@rule(severity=Severity.ERROR, cause=Cause.OTHER, since="0.1.0", reads=(END_TO_END,))
def vllm_base_differs(env: Env) -> Iterator[Problem]:
    """vLLM says what Hugging Face says with the base model.

    ## What it checks
    Prompt log-probabilities of a fixed prompt must agree within 0.002 in float32 (on a GPU within
    four times what 16 bit costs Hugging Face itself), and greedy tokens as far as they are clear;
    vLLM's chat must make the same token ids of a conversation.

    ## Why it matters
    A model that loads in both and answers differently is the fault that nobody notices.

    ## How to fix it
    Use versions of vLLM and transformers that were released for each other.
    `doctor verify` tells whether the machine itself is sound.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/main/tests/models/utils.py
    - https://docs.vllm.ai/en/latest/usage/faq.html
    """
    yield from judge_phases(
        env,
        PhaseName.VLLM_BASE,
        needed="vLLM and Hugging Face must agree on the base model",
        advice="Compare the versions of vllm, torch and transformers with the nearest known-good set (PIN).",
    )
