"""MODEL011."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import MODEL
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.dtypes import NAMES, main_dtype, stated_dtype
from doctor.rules.model.reading import (
    config_of,
    served_tensors,
)


@rule(severity=Severity.WARNING, cause=Cause.MODEL_CONFIG_MISSING, since="0.1.0", reads=(MODEL, DISTRIBUTIONS))
def dtype_differs_from_weights(env: Env) -> Iterator[Problem]:
    """The dtype in the config is that of the weights.

    ## What it checks
    The stated dtype against the dtype of most elements in the headers of the files. Weights in
    float32 under a 16-bit config are the business of float32-weights.

    ## Why it matters
    Weights are converted as they are loaded: float32 doubles the memory of transformers, float16 in
    place of bfloat16 cuts off large values.

    ## How to fix it
    State the dtype that the weights have.

    ## Sources
    - https://huggingface.co/docs/transformers/main_classes/model
    """
    folder = env.need(MODEL)
    config, found = config_of(env), main_dtype(served_tensors(env, folder))
    stated = stated_dtype(config)
    if stated is None or found is None or found == "F32" or stated == found:
        return
    message = f"the config says {NAMES[stated]}, and most weights are {NAMES[found]}"
    yield tell(folder, "config.json", message, by_hand(f'Set "dtype" and "torch_dtype" to "{NAMES[found]}"'))
