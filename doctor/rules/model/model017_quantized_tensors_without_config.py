"""MODEL017."""

from __future__ import annotations

import re
from collections.abc import Iterator

from doctor.core.artifact.model import MODEL
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.dtypes import NAMES, is_buffer
from doctor.rules.model.folding import agree, fold
from doctor.rules.model.names import names_with
from doctor.rules.model.quantization import quantization_blocks
from doctor.rules.model.reading import (
    config_of,
    served_groups,
    served_tensors,
)

_PACKED = re.compile(
    r"\.(absmax|quant_map|nested_absmax|nested_quant_map|quant_state\.\w+|qweight|qzeros|g_idx|weight_packed|SCB)$"
)
"""Names that bitsandbytes, GPTQ, AWQ and compressed-tensors give to what belongs to packed weights."""


@rule(severity=Severity.ERROR, cause=Cause.QUANTIZATION_CONFIG_LEFT, since="0.1.0", reads=(MODEL, DISTRIBUTIONS))
def quantized_tensors_without_config(env: Env) -> Iterator[Problem]:
    """A model with quantized weights has a config that says how.

    ## What it checks
    Tensors of packed weights by their names (`.absmax`, `.quant_state`, `.qweight`) and weights of
    integers or 8-bit floats, where config.json has no quantization_config.

    ## Why it matters
    transformers and vLLM take the bytes for weights: packed shapes do not fit, and integers of the
    right shape are converted and served as noise without a word.

    ## How to fix it
    Save in 16 bit (`save_method="merged_16bit"`), or restore the block.

    ## Sources
    - https://github.com/unslothai/unsloth/issues/1208
    - https://huggingface.co/docs/transformers/quantization/bitsandbytes
    """
    folder = env.need(MODEL)
    blocks, tensors = quantization_blocks(config_of(env)), served_tensors(env, folder)
    if any(block.value for block in blocks):
        return
    packed = names_with(served_groups(env, folder), _PACKED.search)
    whole = [
        name
        for name, item in tensors.items()
        if item.dtype not in NAMES and len(item.shape) > 1 and not is_buffer(name, item)
    ]
    advice = by_hand('Save the model in 16 bit (`save_method="merged_16bit"`), or restore its quantization_config')
    if packed:
        yield tell(folder, tensors[packed[0]].file, f"it holds quantized weights, {fold(packed)}", advice)
    elif whole:
        first = tensors[whole[0]]
        stored, quantized = agree(whole, "is stored", "are stored"), agree(whole, "it is", "they are")
        message = f"{fold(whole)} {stored} as {first.dtype}, and the config does not say how {quantized} quantized"
        yield tell(folder, first.file, message, advice)
