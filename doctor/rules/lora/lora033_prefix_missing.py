"""LORA033."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.release import Support
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.folders import in_weights, tables
from doctor.rules.lora.names import PREFIX, Part, of_part
from doctor.rules.lora.remedies import mend
from doctor.rules.served import serving


@rule(severity=Severity.WARNING, cause=Cause.LORA_ADAPTER_FORMAT, since="0.1.0", reads=(ADAPTERS, DISTRIBUTIONS))
def prefix_missing(env: Env) -> Iterator[Problem]:
    """The names of the tensors begin as PEFT writes them.

    ## What it checks
    Each name of a LoRA tensor begins with `base_model.model.`.

    ## Why it matters
    PEFT matches no module then, leaves the adapter at its start values and says nothing: the
    answers are those of the base. vLLM takes such names since 0.8.5 and misreads them before, which is an error.

    ## How to fix it
    Put `base_model.model.` before the names, which `doctor fix --adapter DIR --apply` does, or save the adapter
    with PEFT.

    ## Sources
    - https://huggingface.co/docs/peft/developer_guides/checkpoint
    - https://github.com/vllm-project/vllm/blob/v0.8.5/vllm/lora/utils.py
    - Loaded with vLLM 0.32.0 (CPU) and PEFT 0.21.2 in November 2026.
    """
    for folder, tensors in tables(env):
        parts = (Part.A, Part.B, Part.EMBEDDING_A, Part.EMBEDDING_B)
        bare = [name.text for name in of_part(tensors, *parts) if not name.prefixed]
        if bare:
            misread = _misreads(env)
            yield Problem(
                subject=folder.path,
                message=f"{len(bare)} of its tensors do not begin with {PREFIX} ({bare[0]}): PEFT leaves them out "
                f"without a word{', and the installed vLLM misreads them' if misread else ''}",
                location=in_weights(folder),
                severity=Severity.ERROR if misread else Severity.WARNING,
                remedies=(mend(folder, f"Put {PREFIX} before the names of its tensors"),),
            )


def _misreads(env: Env) -> bool:
    """Whether the installed vLLM takes names without the prefix for others; without one that is no matter."""
    return serving(env).newest.lora.keys_without_prefix is Support.REFUSED
