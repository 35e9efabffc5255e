"""Better names for an adapter's tensors, where it is certain which, and a file that has them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from doctor.core.artifact.tensors import Tensor
from doctor.rules.lora.base import Base
from doctor.rules.lora.names import PREFIX, WRAPPERS, Pair, Part, pairs_of, parse
from doctor.rules.lora.paths import beginnings

MOST_BYTES = 2 << 30
"""The largest file that is written anew: it passes through the memory."""

_OF_LORA = (Part.A, Part.B, Part.EMBEDDING_A, Part.EMBEDDING_B)


def better_names(tensors: Mapping[str, Tensor], base: Base | None) -> dict[str, str]:
    """Map the names that have to change to what PEFT would have written; {} where that is not certain.

    The name of the adapter and a missing prefix are certain by themselves. Another beginning of the
    modules is so where with it every module is one of the base, in its shape.
    """
    if not are_of_lora(tensors):
        return {}
    plain = {name: _plain(name) for name in tensors}
    if base is not None and not any(base.find(parse(name).module) for name in plain.values()):
        moved = _moved(plain, base)
        if not all_fit(base, {moved[name]: tensor for name, tensor in tensors.items()}):
            return {}
        plain = moved
    if len(set(plain.values())) < len(plain):
        return {}
    return {old: new for old, new in plain.items() if old != new}


def with_names(path: Path, names: Mapping[str, str]) -> bytes:
    """The content of a safetensors file whose tensors have other names, and are the same.

    Raises:
        OSError, ValueError: it cannot be read, or is none.
    """
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    table = json.loads(content[8 : 8 + length])
    header = json.dumps({names.get(name, name): item for name, item in table.items()}, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return b"".join((len(header).to_bytes(8, "little"), header, content[8 + length :]))


def _plain(text: str) -> str:
    """A name with PEFT's prefix, without that of the adapter and without the parts that wrappers put in."""
    name = parse(text)
    module = ".".join(part for part in name.module.split(".") if part not in WRAPPERS)
    ending = f".{name.part.value}"
    return f"{PREFIX}{module}{ending}{'' if name.part in (Part.EMBEDDING_A, Part.EMBEDDING_B) else '.weight'}"


def _moved(plain: Mapping[str, str], base: Base) -> dict[str, str]:
    """The names with the beginning that the base's modules have."""
    found = {}
    for original, text in plain.items():
        module = parse(text).module
        near = base.near(module)
        if near is None:
            return dict(plain)
        old, new = beginnings(module, near)
        found[original] = text.replace(PREFIX + old, PREFIX + new, 1)
    return found


def all_fit(base: Base, tensors: Mapping[str, Tensor]) -> bool:
    """Whether every module of the adapter is one of the base, in its shape."""
    return all(_fits(base, module, pair) for module, pair in pairs_of(tensors).items())


def _fits(base: Base, module: str, pair: Pair) -> bool:
    if pair.a is None or pair.b is None or module not in base.modules:
        return False
    outputs, inputs = base.modules[module]
    if pair.embedding:
        outputs, inputs = inputs, outputs
    return (pair.a.shape[1:], pair.b.shape[:1]) == ((inputs,), (outputs,))


def are_of_lora(names: Iterable[str]) -> bool:
    """Whether all tensors are those of a LoRA."""
    return all(parse(name).part in _OF_LORA for name in names)
