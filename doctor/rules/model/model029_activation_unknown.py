"""MODEL029."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.reading import (
    config_of,
    text_config,
)

_ACTIVATIONS = frozenset(
    (
        *("gelu", "gelu_10", "gelu_fast", "gelu_new", "gelu_python", "gelu_pytorch_tanh", "gelu_python_tanh"),
        *("gelu_accurate", "hardswish", "laplace", "leaky_relu", "linear", "mish", "quick_gelu", "relu", "relu2"),
        *("relu6", "sigmoid", "silu", "swish", "tanh", "prelu", "xielu", "swiglu", "geglu", "swigluoai"),
    )
)
_SILU_ONLY = ("llama", "mistral", "qwen2", "qwen3", "granite")


@rule(severity=Severity.ERROR, cause=Cause.MODEL_CONFIG_MISSING, since="0.1.0", reads=(MODEL,))
def activation_unknown(env: Env) -> Iterator[Problem]:
    """The activation is one that both libraries have.

    ## What it checks
    `hidden_act` and `hidden_activation` against the names of transformers, and for the types for which
    vLLM has a kernel of one activation only, that it is this one.

    ## Why it matters
    transformers stops with `KeyError`, vLLM with `Unsupported activation`.

    ## How to fix it
    Take the name from the base model's config.

    ## Sources
    - https://github.com/huggingface/transformers/blob/main/src/transformers/activations.py
    - https://github.com/vllm-project/vllm/blob/main/vllm/model_executor/models/llama.py
    """
    config, folder = text_config(config_of(env)), env.need(MODEL)
    remedy = by_hand("Take the activation from the base model's config")
    for name in ("hidden_act", "hidden_activation"):
        value = config.get(name)
        if value is None:
            continue
        if isinstance(value, str) and value not in _ACTIVATIONS and "auto_map" in config_of(env):
            continue  # code of its own may have it, as that of Phi-3-small has gegelu
        if not isinstance(value, str) or value not in _ACTIVATIONS:
            yield tell(folder, "config.json", f"{name} is {value!r}, which transformers does not have", remedy)
        elif config.get("model_type") in _SILU_ONLY and value not in ("silu", "swish"):
            message = f"{name} is {value!r}, and vLLM has only silu for {config['model_type']}"
            yield tell(folder, "config.json", message, remedy)
