"""MODEL034."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.folder import FileKind
from doctor.core.artifact.model import MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.loading import (
    weight_files,
)


@rule(severity=Severity.ERROR, cause=Cause.MODEL_WEIGHTS_INCOMPLETE, since="0.1.0", reads=(MODEL,))
def model_weights_missing(env: Env) -> Iterator[Problem]:
    """A model folder holds weights that vLLM can read.

    ## What it checks
    Whether there is any safetensors file or pickle of weights, and where there is none, what there is
    instead: an adapter, or GGUF files.

    ## Why it matters
    vLLM says `Cannot find any model weights`. Unsloth's GGUF export may delete the 16-bit files again
    when the disk is full, and leaves a folder with a config and without weights.

    ## How to fix it
    Merge and save again in 16 bit. GGUF files go to llama.cpp, or to vLLM by the path of the file.

    ## Sources
    - https://docs.vllm.ai/en/latest/features/quantization/gguf.html
    - https://github.com/unslothai/unsloth/blob/main/unsloth/save.py
    """
    folder = env.need(MODEL)
    if weight_files(folder):
        return
    gguf = folder.names(FileKind.GGUF)
    if gguf:
        message = f"there are GGUF files only ({gguf[0]}), which transformers and vLLM do not read from a folder"
        advice = 'Save the model in 16 bit as well: `save_pretrained_merged(..., save_method="merged_16bit")`'
    elif any(name.startswith("adapter_model") for name in folder.names()):
        message, advice = "there are the weights of an adapter only", "Give the folder as an adapter, on its base model"
    else:
        message, advice = "there are no weights", "Merge and save the model again, or copy the missing files"
    yield tell(folder, "weights", message, by_hand(advice))
