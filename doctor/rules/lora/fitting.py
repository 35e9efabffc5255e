"""Whether the matrices of an adapter fit the modules of a base."""

from __future__ import annotations

from doctor.rules.lora.base import Base
from doctor.rules.lora.names import Pair


def misfit(base: Base, module: str, pair: Pair, *, turned: bool) -> str:
    """What does not fit, or ""; of a GPT-2 (`turned`) the weights are stored as inputs x outputs."""
    name = base.find(module)
    if name is None or name not in base.modules:
        return ""
    outputs, inputs = base.modules[name]
    if pair.embedding or (turned and _fits(pair, inputs, outputs)):
        outputs, inputs = inputs, outputs
    if pair.a is not None and len(pair.a.shape) == 2 and pair.a.shape[1] != inputs:
        return f"lora_A of {module} takes {pair.a.shape[1]} inputs, and the base gives {inputs}"
    if pair.b is not None and len(pair.b.shape) == 2 and pair.b.shape[0] != outputs:
        return f"lora_B of {module} gives {pair.b.shape[0]} outputs, and the base takes {outputs}"
    return ""


def _fits(pair: Pair, outputs: int, inputs: int) -> bool:
    shapes = [side.shape for side in (pair.a, pair.b) if side is not None and len(side.shape) == 2]
    return len(shapes) == 2 and (shapes[0][1], shapes[1][0]) == (inputs, outputs)
