"""E2E010."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.endtoend import END_TO_END, PhaseName
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.e2e.phases import judge_phases


@rule(severity=Severity.ERROR, cause=Cause.MODEL_WEIGHTS_INCOMPLETE, since="0.1.0", reads=(END_TO_END,))
def unsloth_merge_differs(env: Env) -> Iterator[Problem]:
    """What Unsloth saves merged in 16 bit is what PEFT's merge is.

    ## What it checks
    Where Unsloth is installed, `FastLanguageModel.from_pretrained` loads the base with the adapter, in a
    process of its own, and `save_pretrained_merged(..., save_method="merged_16bit")` saves it. The folder
    must have the names, shapes and 16-bit values of PEFT's merge (a value may be rounded the other way),
    load without a key too many or too few, say the same, and encode texts the same; it is what vLLM
    then serves. Without a GPU Unsloth (2026.10.9 and newer) merges with PEFT; the function that writes
    with a GPU, `merge_and_overwrite_lora`, is called beside it then. Older releases cannot be imported
    without a GPU: the rule is undetermined there. It does not apply where Unsloth is not installed, or a
    model is given with `--model`.

    ## Why it matters
    Releases of Unsloth have left tensors out of what they merged, or written the base unchanged; nothing
    fails, and the model that is deployed is not the one that was trained.

    ## How to fix it
    Update unsloth and unsloth_zoo together, or merge with PEFT (`merge_and_unload`) on the 16-bit base.

    ## Sources
    - https://github.com/unslothai/unsloth/issues/2452
    - https://docs.unsloth.ai/basics/running-and-saving-models/saving-to-vllm
    - source of unsloth_zoo 2026.10.9: saving_utils.py, cpu/loader.py
    """
    yield from judge_phases(
        env,
        PhaseName.UNSLOTH_MERGE,
        needed="what Unsloth saves merged must be what PEFT's merge is",
        advice="Update unsloth and unsloth_zoo together, or merge with PEFT.",
    )
