"""E2E003."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.endtoend import END_TO_END, PhaseName
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.e2e.phases import judge_phases


@rule(severity=Severity.ERROR, cause=Cause.MODEL_WEIGHTS_INCOMPLETE, since="0.1.0", reads=(END_TO_END,))
def merged_differs_from_adapter(env: Env) -> Iterator[Problem]:
    """A merged model says what the base model says with its adapter.

    ## What it checks
    `merge_and_unload` must give the adapter's prompt log-probabilities and greedy tokens in float32;
    after saving in 16 bit and loading back they may move by a quarter of the adapter's effect. A model
    that is given with `--model` is not merged again: the rule does not apply.

    ## Why it matters
    A merged model is what most people serve: a wrong merge answers wrongly without an error.

    ## How to fix it
    Install a PEFT that fits the installed transformers.
    `doctor verify` tells whether the machine itself is sound.

    ## Sources
    - https://huggingface.co/docs/peft/developer_guides/model_merging
    """
    yield from judge_phases(
        env,
        PhaseName.MERGE,
        needed="the merged model must say what base and adapter say",
        advice="Compare the versions of peft and transformers with the nearest known-good set (PIN).",
    )
