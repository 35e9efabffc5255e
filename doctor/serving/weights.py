"""What the weights of a model and the buffers for its adapters take on one GPU, from the headers of its files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from doctor.core.artifact.tensors import Tensor
from doctor.core.frozen import frozen

BITS = {
    **{"F64": 64, "I64": 64, "U64": 64, "F32": 32, "I32": 32, "U32": 32},
    **{"F16": 16, "BF16": 16, "I16": 16, "U16": 16},
    **{"F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "I8": 8, "U8": 8, "BOOL": 8, "F6_E2M3": 6, "F6_E3M2": 6, "F4": 4},
}
"""Bits of one number by its word in the safetensors format (https://github.com/huggingface/safetensors)."""

_WIDE = ("F64", "F32")
_PARTS = {"qkv_proj": 3, "gate_up_proj": 2}
"""Layers that hold several projections, each of which has buffers of its own."""

_LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj", *_PARTS)
_BY_ROWS = ("o_proj", "down_proj")
"""Layers whose inputs are divided among the GPUs; of the others the outputs are."""


@frozen
class Linear:
    """One linear layer that an adapter can have: the projections in it, numbers in, numbers out of all together."""

    name: str
    parts: int
    inputs: int
    outputs: int


def weight_bytes(tensors: Mapping[str, Tensor], *, parallel: int = 1, tied: bool = False) -> int:
    """Bytes of the weights on one of `parallel` GPUs, with 32-bit numbers turned into 16-bit ones.

    Vectors (norms, biases) are on every GPU; a tied head is the embedding.
    """
    total = 0
    for name, tensor in tensors.items():
        if tied and name == "lm_head.weight":
            continue
        bits = 16 if tensor.dtype in _WIDE else BITS.get(tensor.dtype, 16)
        share = parallel if len(tensor.shape) > 1 else 1
        total += tensor.elements * bits // 8 // share
    return total


def linear_layers(tensors: Mapping[str, Tensor]) -> tuple[Linear, ...]:
    """The linear layers of the decoder, by their weights."""
    found = []
    for name, tensor in tensors.items():
        module, _, ending = name.rpartition(".")
        kind = module.rpartition(".")[2]
        if ending == "weight" and kind in _LINEAR and len(tensor.shape) == 2:
            found.append(Linear(name=kind, parts=_PARTS.get(kind, 1), inputs=tensor.shape[1], outputs=tensor.shape[0]))
    return tuple(found)


def lora_bytes(
    layers: Iterable[Linear],
    *,
    slots: int,
    rank: int,
    embeddings: Iterable[tuple[int, int]] = (),
    element: int = 2,
    parallel: int = 1,
) -> int:
    """Bytes of the buffers that vLLM keeps for adapters on one GPU, used or not.

    They are made for `rank`, the maximum, in each of `slots`; `embeddings` are (rows, width) of the
    embeddings that can be adapted.
    """
    width = 0
    for layer in layers:
        inputs, outputs = layer.inputs * layer.parts, layer.outputs
        width += inputs // parallel + outputs if layer.name in _BY_ROWS else inputs + outputs // parallel
    width += sum(rows + size for rows, size in embeddings)
    return slots * rank * element * width
