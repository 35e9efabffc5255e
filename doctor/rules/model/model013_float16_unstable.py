"""MODEL013."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.dtypes import stated_dtype
from doctor.rules.model.reading import (
    config_of,
)

_UNSTABLE = ("gemma2", "gemma3", "gemma3_text", "glm4")


@rule(severity=Severity.ERROR, cause=Cause.OTHER, since="0.1.0", reads=(MODEL,))
def float16_unstable(env: Env) -> Iterator[Problem]:
    """A model that overflows in float16 is stored in another dtype.

    ## What it checks
    The dtype of Gemma 2, Gemma 3 and GLM-4, the types for which vLLM refuses float16.

    ## Why it matters
    Their activations are larger than float16 can hold. vLLM says that the type does not support
    float16; where it does not refuse, the answers are noise.

    ## How to fix it
    State bfloat16, or float32 on a GPU that has none, and save the weights in it.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/main/vllm/config/model.py
    """
    config, folder = config_of(env), env.need(MODEL)
    if config.get("model_type") not in _UNSTABLE:
        raise NotApplicableError("the model is of no type that overflows in float16")
    if stated_dtype(config) == "F16":
        message = f"{config['model_type']} overflows in float16, and vLLM refuses it"
        yield tell(folder, "config.json", message, by_hand('Set "dtype" and "torch_dtype" to "bfloat16"'))
