"""MODEL009."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.reading import (
    PARTS,
    config_of,
)

_KNOWN = frozenset(
    (
        "auto",
        "float16",
        "half",
        "bfloat16",
        "float32",
        "float",
        "float64",
        "double",
        "float8_e4m3fn",
        "float8_e5m2",
        "int8",
        "uint8",
    )
)
"""What transformers takes: ``auto`` and the attributes of torch that are dtypes."""


@rule(severity=Severity.ERROR, cause=Cause.MODEL_CONFIG_MISSING, since="0.1.0", reads=(MODEL,))
def dtype_unreadable(env: Env) -> Iterator[Problem]:
    """The dtype in the config is a name that torch has.

    ## What it checks
    `dtype` and `torch_dtype`, also in the configs inside the config.

    ## Why it matters
    transformers and vLLM look the text up as an attribute of torch: `bf16` and `torch.bfloat16` end in
    `module 'torch' has no attribute 'bf16'`, which does not name the file.

    ## How to fix it
    Write `bfloat16`, `float16` or `float32`.

    ## Sources
    - https://docs.pytorch.org/docs/stable/tensor_attributes.html
    """
    config, folder = config_of(env), env.need(MODEL)
    for part, values in (("", config), *((name, config[name]) for name in PARTS if isinstance(config.get(name), dict))):
        for option in ("dtype", "torch_dtype"):
            value = values.get(option)
            if value is None or isinstance(value, dict) or (isinstance(value, str) and value in _KNOWN):
                continue
            where = f"{part}.{option}" if part else option
            advice = f'Write "{option}": "bfloat16", or float16 or float32 as the weights are'
            yield tell(folder, "config.json", f"{where} is {value!r}, which torch does not have", by_hand(advice))
