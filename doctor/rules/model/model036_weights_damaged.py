"""MODEL036."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import by_hand, tell


@rule(severity=Severity.ERROR, cause=Cause.MODEL_WEIGHTS_INCOMPLETE, since="0.1.0", reads=(MODEL,))
def weights_damaged(env: Env) -> Iterator[Problem]:
    """Every safetensors file is whole.

    ## What it checks
    The header of each file against its size: a file that is empty, cut short or longer than described,
    a header that is none, tensors that overlap, leave holes, or have a length that does not
    fit their shape.

    ## Why it matters
    Both libraries stop, with texts of the format (`incomplete metadata, file not fully covered`,
    `header too large`) that do not name the file.

    ## How to fix it
    Copy or download the file again, and compare sizes afterwards.

    ## Sources
    - https://github.com/huggingface/safetensors#format
    """
    folder = env.need(MODEL)
    for number, fact in enumerate(folder.weights):
        file = env.note(f"weights {number}", fact)
        if file is None:
            continue
        for damage in file.damages:
            if damage.kind != "pointer":
                advice = by_hand("Copy or download the file again, or save the model again")
                yield tell(folder, file.name, damage.detail, advice)
