"""MODEL010."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from doctor.core.artifact.model import MODEL
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.reading import (
    config_of,
    text_config,
    version_of,
)

_READS_DTYPE = Version("4.56.0")


@rule(severity=Severity.WARNING, cause=Cause.MODEL_CONFIG_MISSING, since="0.1.0", reads=(MODEL, DISTRIBUTIONS))
def dtype_not_stated(env: Env) -> Iterator[Problem]:
    """The config states the dtype in the spelling that the installed transformers reads.

    ## What it checks
    Whether `torch_dtype` (read by every release) or `dtype` (written by transformers 5, read from
    4.56 on) is there.

    ## Why it matters
    Without it transformers 4 loads in float32, twice the memory, and an old vLLM takes float32 for
    granted and serves float16, in which a model that was trained in bfloat16 can overflow.

    ## How to fix it
    Write both, `"dtype": "bfloat16"` and `"torch_dtype": "bfloat16"`: every release reads one of them.

    ## Sources
    - https://github.com/huggingface/transformers/releases/tag/v4.56.0
    - runs with transformers 4.44.2, 4.57.6 and 5.19.0, November 2026 (https://pypi.org/project/transformers/)
    """
    config, version = config_of(env), version_of(env, "transformers")
    folder, inner = env.need(MODEL), text_config(config)
    remedy = by_hand('Write both "dtype" and "torch_dtype" into config.json, as the weights are')
    if any(part.get("torch_dtype") is not None for part in (config, inner)):
        return
    if all(part.get("dtype") is None for part in (config, inner)):
        yield tell(folder, "config.json", "it states no dtype: which one is used depends on the release", remedy)
    elif version is not None and version < _READS_DTYPE:
        message = f'it states "dtype", and transformers {version} reads "torch_dtype" only'
        yield tell(folder, "config.json", message, remedy)
