"""The names of an adapter's tensors: which module each belongs to, and what it is of it.

PEFT writes ``base_model.model.<module>.lora_A.weight``; vLLM takes exactly that form, and
``lora_embedding_A`` for embeddings, apart (`parse_fine_tuned_lora_name` in vllm/lora/utils.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import Enum
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from doctor.core.artifact.tensors import Tensor
from doctor.core.frozen import frozen
from doctor.core.same import Same

PREFIX = "base_model.model."


WRAPPERS = ("_orig_mod", "_fsdp_wrapped_module", "_forward_module", "_checkpoint_wrapped_module")
"""Parts of a name that torch.compile, FSDP and DeepSpeed put in."""


class Part(str, Enum):
    """What a tensor is of its module. The last four are none that vLLM reads."""

    A = "lora_A"
    B = "lora_B"
    EMBEDDING_A = "lora_embedding_A"
    EMBEDDING_B = "lora_embedding_B"
    BASE_LAYER = "base_layer"
    MAGNITUDE = "lora_magnitude_vector"
    BIAS = "lora_B.bias"
    TOKENS = "trainable_tokens"
    FULL = "full weight"


class Name(NamedTuple):
    """A tensor's name, taken apart. (A tuple, for an adapter may have 90,000 of them.)

    `module` is without the prefix of PEFT, which `prefixed` tells of. `adapter` is the name of
    an adapter that was left in the key (``default``): PEFT takes it out when it saves.
    """

    text: str
    module: str
    part: Part
    adapter: str = ""
    prefixed: bool = True

    @property
    def suffix(self) -> str:
        """The last word of the module: what PEFT calls a target module."""
        return self.module.rpartition(".")[2]


@frozen
class Pair:
    """The two matrices of one module: A is rank x inputs, B is outputs x rank.

    Of an embedding A is rank x vocabulary and B is size x rank.
    """

    a: Tensor | None = None
    b: Tensor | None = None
    embedding: bool = False


_FORMS = (
    (r"\.(lora_[AB])(?:\.([^.]+))?\.weight", None),
    (r"\.(lora_embedding_[AB])(?:\.([^.]+))?", None),
    (r"\.(lora_magnitude_vector)(?:\.([^.]+))?(?:\.weight)?", None),
    (r"\.(lora_B)(?:\.([^.]+))?\.bias", Part.BIAS),
    (r"\.(token_adapter)\.trainable_tokens_delta(?:\.([^.]+))?", Part.TOKENS),
    (r"\.(base_layer)\.(?:weight|bias)()", None),
)
# Tuples, for which Python compares identities first: it has to compute the hash of a member of an enumeration.
_SIDE_B = (Part.B, Part.EMBEDDING_B)
_EMBEDDING = (Part.EMBEDDING_A, Part.EMBEDDING_B)
_MATRICES = (Part.A, Part.B, *_EMBEDDING)
_USUAL = {"A.weight": Part.A, "B.weight": Part.B}
"""What stands after ``.lora_`` in nearly all names: it spares them the patterns, of which the first says the same."""

_PATTERNS = tuple((re.compile(form + "$"), part) for form, part in _FORMS)


def parse(text: str) -> Name:
    """Take a tensor's name apart; what has none of PEFT's forms is a full weight."""
    prefixed = text.startswith(PREFIX)
    rest = text.removeprefix(PREFIX)
    module, _, end = rest.partition(".lora_")
    if end in _USUAL:
        return Name(text, module, _USUAL[end], "", prefixed)
    for pattern, part in _PATTERNS:
        match = pattern.search(rest)
        if match:
            return Name(
                text=text,
                module=rest[: match.start()],
                part=part or Part(match[1]),
                adapter=match[2] or "",
                prefixed=prefixed,
            )
    return Name(text=text, module=rest.rpartition(".")[0], part=Part.FULL, prefixed=prefixed)


def pairs_of(tensors: Mapping[str, Tensor]) -> Mapping[str, Pair]:
    """Map each module that has a LoRA matrix to its pair."""
    # The table of a file is a view that nobody changes; ten rules ask for the pairs of one.
    return _cached_pairs(Same(tensors)) if isinstance(tensors, MappingProxyType) else _pairs(tensors)


@lru_cache(maxsize=4)
def _cached_pairs(same: Same[Mapping[str, Tensor]]) -> Mapping[str, Pair]:
    return MappingProxyType(_pairs(same.value))


def _pairs(tensors: Mapping[str, Tensor]) -> dict[str, Pair]:
    made: dict[tuple[int, int, bool], Pair] = {}
    found: dict[str, Pair] = {}
    for module, text_a, text_b, embedding in _sides(tuple(tensors)):
        a, b = tensors[text_a] if text_a else None, tensors[text_b] if text_b else None
        # Of an adapter on each expert of a large model 45,000 pairs are of a few shapes, and share their tensors.
        key = id(a), id(b), embedding
        pair = made.get(key)
        if pair is None:
            pair = made[key] = Pair(a=a, b=b, embedding=embedding)
        found[module] = pair
    return found


def of_part(tensors: Iterable[str], *parts: Part) -> list[Name]:
    """The names that are of one of these parts, those of one part after those of another."""
    held = _cached_parts(Same(tensors)) if isinstance(tensors, MappingProxyType) else _parts(tensors)
    return [name for part in parts for name in held[id(part)]]


@lru_cache(maxsize=4)
def _cached_parts(same: Same[Mapping[str, Tensor]]) -> Mapping[int, list[Name]]:
    return MappingProxyType(_parts(same.value))


def _parts(tensors: Iterable[str]) -> dict[int, list[Name]]:
    """Map the identity of each part, whose hash would take longer than all else here, to the names that are of it."""
    found: dict[int, list[Name]] = {id(part): [] for part in Part}
    for name in parsed(tuple(tensors)):
        found[id(name.part)].append(name)
    return found


@lru_cache(maxsize=4)
def parsed(texts: tuple[str, ...]) -> tuple[Name, ...]:
    """Take many names apart; twenty rules ask for those of one adapter, which may be 90,000."""
    return tuple(map(parse, texts))


def _sides(texts: tuple[str, ...]) -> tuple[tuple[str, str, str, bool], ...]:
    """Each module that has a LoRA matrix, the names of its A and its B ("" where there is none), and if it embeds."""
    sides: tuple[dict[str, str], dict[str, str]] = {}, {}
    modules: dict[str, bool] = {}
    for name in parsed(texts):
        if name.part in _MATRICES:
            sides[name.part in _SIDE_B][name.module] = name.text
            modules[name.module] = name.part in _EMBEDDING or modules.get(name.module, False)
    a, b = sides
    return tuple((module, a.get(module, ""), b.get(module, ""), embeds) for module, embeds in modules.items())


def suffixes(modules: Iterable[str]) -> list[str]:
    """The last words of modules, each once, in alphabetical order."""
    return sorted({module.rpartition(".")[2] for module in modules})
