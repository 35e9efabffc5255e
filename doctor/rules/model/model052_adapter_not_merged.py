"""MODEL052."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import MODEL
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.folding import agree, fold
from doctor.rules.model.names import ADAPTER, names_with
from doctor.rules.model.reading import (
    served_groups,
    served_tensors,
)


@rule(severity=Severity.ERROR, cause=Cause.LORA_ADAPTER_FORMAT, since="0.1.0", reads=(MODEL, DISTRIBUTIONS))
def adapter_not_merged(env: Env) -> Iterator[Problem]:
    """The weights are merged: no layer of an adapter is among them.

    ## What it checks
    Names with `.base_layer.`, `.lora_A.`, `.lora_B.` or `lora_magnitude_vector` in the files of the
    model.

    ## Why it matters
    A PEFT model was saved whole in place of the merged one. transformers draws random weights for
    every layer that was trained, vLLM stops at the first name.

    ## How to fix it
    Call `merge_and_unload()` before saving, or `save_pretrained_merged` in Unsloth.

    ## Sources
    - https://huggingface.co/docs/peft/developer_guides/model_merging
    """
    folder = env.need(MODEL)
    found = names_with(served_groups(env, folder), ADAPTER.search)
    if found:
        advice = by_hand("Save the merged model: `model.merge_and_unload().save_pretrained(...)`")
        message = f"{fold(found)} {agree(found, 'belongs', 'belong')} to an adapter that was not merged"
        yield tell(folder, served_tensors(env, folder)[found[0]].file, message, advice)
