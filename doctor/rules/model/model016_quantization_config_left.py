"""MODEL016."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import MODEL
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import mend, tell
from doctor.rules.model.dtypes import is_plain
from doctor.rules.model.quantization import quantization_blocks
from doctor.rules.model.reading import (
    config_of,
    served_tensors,
)


@rule(severity=Severity.ERROR, cause=Cause.QUANTIZATION_CONFIG_LEFT, since="0.1.0", reads=(MODEL, DISTRIBUTIONS))
def quantization_config_left(env: Env) -> Iterator[Problem]:
    """A model whose weights are plain numbers has no quantization_config.

    ## What it checks
    A `quantization_config`, also in the configs inside the config, beside weights that are all
    float16, bfloat16 or float32.

    ## Why it matters
    It is left over from the 4-bit model that was trained on, and `to_json_file` of the model in
    memory brings it back. transformers then asks for bitsandbytes, vLLM for a method that it does
    not know, or reads 16-bit weights as packed ones.

    ## How to fix it
    Take the block out of config.json.

    ## Sources
    - https://github.com/unslothai/unsloth/issues/105
    - https://github.com/unslothai/unsloth/issues/1601
    - https://github.com/unslothai/unsloth-zoo/pull/808
    """
    folder = env.need(MODEL)
    blocks = [block for block in quantization_blocks(config_of(env)) if block.value]
    if not blocks or not is_plain(served_tensors(env, folder)):
        return
    for block in blocks:
        message = f"it has a {block.path} ({block.method or 'without a method'}), and no weight is quantized"
        yield tell(folder, "config.json", message, mend(folder, f"Take {block.path} out of config.json"))
