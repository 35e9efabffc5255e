"""MODEL035."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import by_hand, set_aside, tell
from doctor.rules.model.loading import (
    pickled,
    safetensors,
)


@rule(severity=Severity.WARNING, cause=Cause.OTHER, since="0.1.0", reads=(MODEL,))
def model_as_pickle(env: Env) -> Iterator[Problem]:
    """The weights are safetensors, not pickles.

    ## What it checks
    Whether the weights are in `.bin` or `.pt` files, by their names alone: doctor never opens one.

    ## Why it matters
    Loading a pickle runs what it holds. Newer releases load plain tensors only and refuse anything
    else, and nothing can be said of such weights without running them. Unsloth's old writer fell back to pickles on
    machines with two cores or fewer.

    ## How to fix it
    Load the model once and save it again; `save_pretrained` writes safetensors.

    ## Sources
    - https://huggingface.co/docs/hub/security-pickle
    - https://github.com/unslothai/unsloth/issues/611
    """
    folder = env.need(MODEL)
    pickles, tensors = pickled(folder), safetensors(folder)
    if pickles and tensors:
        message = f"{pickles[0]} lies beside safetensors files, which both libraries prefer"
        remedy = set_aside(folder, *pickles, text="Set the pickles aside")
        yield tell(folder, pickles[0], message, remedy, severity=Severity.INFO)
    elif pickles:
        message = "the weights are pickles, whose loading runs what they hold, and of which doctor can say nothing"
        yield tell(folder, pickles[0], message, by_hand("Load the model once and save it: that writes safetensors"))
