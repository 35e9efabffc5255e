"""Whether the matrices of an adapter fit the modules of a base."""

from __future__ import annotations

from collections.abc import Mapping

from doctor.core.artifact.tensors import Tensor
from doctor.core.rule import Env
from doctor.rules.lora.base import Base
from doctor.rules.lora.names import Pair


def misfits(env: Env, base: Base, pairs: Mapping[str, Pair], *, turned: bool) -> list[str]:
    """What does not fit; of modules whose sizes are not known that is noted.

    Of a GPT-2 (`turned`) the weights are stored as inputs x outputs.
    """
    if any(base.find(module) in base.packed for module in pairs):
        env.gap(f"the sizes of the modules of {base.path} are not known: its weights are packed, and have no formula")
    return [text for module, pair in pairs.items() if (text := _misfit(base, module, pair, turned=turned))]


def _misfit(base: Base, module: str, pair: Pair, *, turned: bool) -> str:
    sizes = base.modules.get(base.find(module) or "")
    if sizes is None:
        return ""
    outputs, inputs = sizes
    taken, given = _size(pair.a, 1), _size(pair.b, 0)
    # Who sets fan_in_fan_out may be wrong: one side that fits says that the weights are stored so.
    if pair.embedding or (turned and (taken == outputs or given == inputs)):
        outputs, inputs = inputs, outputs
    if taken not in (None, inputs):
        return f"lora_A of {module} takes {taken} inputs, and the base gives {inputs}"
    if given not in (None, outputs):
        return f"lora_B of {module} gives {given} outputs, and the base takes {outputs}"
    return ""


def _size(side: Tensor | None, axis: int) -> int | None:
    """The rows or columns of one side of a pair; None where it is not there, or is no matrix."""
    return side.shape[axis] if side is not None and len(side.shape) == 2 else None
