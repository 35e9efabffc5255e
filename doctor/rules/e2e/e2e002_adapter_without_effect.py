"""E2E002."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.endtoend import END_TO_END, PhaseName
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.e2e.phases import judge_phases


@rule(severity=Severity.ERROR, cause=Cause.LORA_ADAPTER_FORMAT, since="0.1.0", reads=(END_TO_END,))
def adapter_without_effect(env: Env) -> Iterator[Problem]:
    """A LoRA adapter that PEFT loads changes what the model says.

    ## What it checks
    Two adapters with random non-zero weights are saved and loaded with PEFT on the converted model.
    Prompt log-probabilities with each must be clearly apart from the base model's and from each
    other's.

    ## Why it matters
    An adapter whose weights match no module, or whose lora_B stayed zero, leaves the base model as
    it is, and nothing says so.

    ## How to fix it
    Install a PEFT that fits the installed transformers.
    `doctor verify` tells whether the machine itself is sound.

    ## Sources
    - https://huggingface.co/docs/peft/developer_guides/lora
    - https://huggingface.co/docs/peft/developer_guides/troubleshooting
    """
    yield from judge_phases(
        env,
        PhaseName.ADAPTER,
        needed="each adapter must change the output in its own way",
        advice="Compare the versions of peft and transformers with the nearest known-good set (PIN).",
    )
