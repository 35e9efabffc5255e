"""MODEL018."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from doctor.core.artifact.model import MODEL
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import mend, tell
from doctor.rules.model.quantization import quantization_blocks
from doctor.rules.model.reading import (
    config_of,
    version_of,
)


@rule(severity=Severity.ERROR, cause=Cause.QUANTIZATION_CONFIG_LEFT, since="0.1.0", reads=(MODEL, DISTRIBUTIONS))
def quantization_config_empty(env: Env) -> Iterator[Problem]:
    """A quantization_config states its method, or is not there.

    ## What it checks
    A `quantization_config` that is `{}`, lacks `quant_method`, or is null.

    ## Why it matters
    transformers refuses one without a method, vLLM ignores it. Null is read by transformers 5; release 4
    stops with `'NoneType' object has no attribute 'to_dict'`.

    ## How to fix it
    Take the entry out of config.json.

    ## Sources
    - https://huggingface.co/docs/transformers/main_classes/quantization
    - runs with transformers 4.44.2, 4.57.6, 5.19.0, November 2026 (https://pypi.org/project/transformers/)
    """
    config, version = config_of(env), version_of(env, "transformers")
    folder = env.need(MODEL)
    for block in quantization_blocks(config):
        remedy = mend(folder, f"Take {block.path} out of config.json")
        if block.value is None:
            old = version is not None and version < Version("5.0.0")
            message = f"{block.path} is null, at which transformers 4 stops"
            severity = Severity.ERROR if old else Severity.WARNING
            yield tell(folder, "config.json", message, remedy, severity=severity)
        elif not block.method:
            yield tell(folder, "config.json", f"{block.path} has no quant_method, and transformers refuses it", remedy)
