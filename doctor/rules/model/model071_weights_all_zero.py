"""MODEL071."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import MODEL, WEIGHT_VALUES
from doctor.core.artifact.tensors import Tensor
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.values import named, scanned

FLOATING = frozenset({"F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2"})

IDENTITY = ("o_proj.weight", "down_proj.weight")
"""What block expansion sets to zero on purpose, so that a new block changes nothing before it is trained."""


@rule(severity=Severity.ERROR, cause=Cause.OTHER, since="0.1.0", reads=(MODEL, WEIGHT_VALUES))
def weights_all_zero(env: Env) -> Iterator[Problem]:
    """No weight matrix is all zero.

    ## What it checks
    With `--deep`: no floating-point tensor of two or more dimensions holds zeros alone. Biases and norms may (Gemma's
    norms are stored less one), and so may quantised zero points. Where only output projections are zero, as in
    blocks that were added to be trained (LLaMA Pro), it is a warning.

    ## Why it matters
    transformers and vLLM load it without a word, and what is served is nonsense, or the model without that
    module. A file that was made at full size and not filled, as by a download that broke off, has such holes; so
    has a model that was saved under DeepSpeed ZeRO-3 or FSDP without gathering its weights.

    ## How to fix it
    Download the file again and compare its checksum, or save the model again through the trainer.

    ## Sources
    - https://huggingface.co/docs/accelerate/usage_guides/deepspeed#saving-and-loading
    - https://huggingface.co/docs/accelerate/usage_guides/fsdp#saving-and-loading
    - LLaMA Pro, block expansion: https://arxiv.org/abs/2401.02415
    - Loaded with vLLM 0.32.0 (CPU) and transformers 5.19.0 in November 2026.
    """
    folder = env.need(MODEL)
    files = {file.name: file for file in folder.known_weights()}
    for name, values in scanned(env):
        table = files[name].tensors() if values.zero and name in files else {}
        empty = tuple(tensor for tensor in values.zero if _is_matrix(table.get(tensor)))
        if empty:
            count = len(empty)
            yield tell(
                folder,
                name,
                f"{count} of its {len(table)} {'tensors is' if count == 1 else 'tensors are'} all zero: {named(empty)}",
                by_hand("Download the file again and compare its checksum, or save the model again with the trainer"),
                severity=Severity.WARNING if all(item.endswith(IDENTITY) for item in empty) else Severity.ERROR,
            )


def _is_matrix(tensor: Tensor | None) -> bool:
    return tensor is not None and tensor.dtype in FLOATING and len(tensor.shape) > 1
