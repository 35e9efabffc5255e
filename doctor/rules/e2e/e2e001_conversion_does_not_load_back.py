"""E2E001."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.endtoend import END_TO_END, PhaseName
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.e2e.phases import judge_phases


@rule(severity=Severity.ERROR, cause=Cause.MODEL_WEIGHTS_INCOMPLETE, since="0.1.0", reads=(END_TO_END,))
def conversion_does_not_load_back(env: Env) -> Iterator[Problem]:
    """A model that is saved in 16 bit loads back through Hugging Face unchanged.

    ## What it checks
    A tiny random model (a Llama, or what `--architecture` names) and a byte-level BPE tokenizer with a
    chat template are made in the examined environment and saved with `save_pretrained` and
    `config.to_json_file`. What is
    loaded back must have the same keys and weights bit by bit, the same prompt log-probabilities
    and greedy tokens in float32, and the tokenizer the same ids and the same conversation text.
    Before that a training step of two LoRA adapters must lower the loss. With `--model` the folder that
    is given is loaded in its place: no key may be missing, unexpected or of another shape.

    ## Why it matters
    This is the step between fine-tuning and serving. Versions of torch, transformers, tokenizers
    and safetensors that do not fit each other fail here or lose weights without an error.

    ## How to fix it
    Install versions that belong together; the other findings of the same report name them.
    `doctor verify` tells whether the machine itself is sound.

    ## Sources
    - https://huggingface.co/docs/transformers/main_classes/model
    - https://github.com/unslothai/unsloth
    """
    yield from judge_phases(
        env,
        PhaseName.IMPORT,
        PhaseName.MAKE,
        PhaseName.CONVERSION,
        needed="the saved model must load back unchanged",
        advice="Look first at the findings of PKG, PIN and ABI in this report.",
    )
