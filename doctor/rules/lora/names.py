"""The names of an adapter's tensors: which module each belongs to, and what it is of it.

PEFT writes ``base_model.model.<module>.lora_A.weight``; vLLM takes exactly that form, and
``lora_embedding_A`` for embeddings, apart (`parse_fine_tuned_lora_name` in vllm/lora/utils.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import Enum

from doctor.core.artifact.tensors import Tensor
from doctor.core.frozen import frozen

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


@frozen
class Name:
    """A tensor's name, taken apart.

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
_PATTERNS = tuple((re.compile(form + "$"), part) for form, part in _FORMS)


def parse(text: str) -> Name:
    """Take a tensor's name apart; what has none of PEFT's forms is a full weight."""
    prefixed = text.startswith(PREFIX)
    rest = text.removeprefix(PREFIX)
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


def pairs_of(tensors: Mapping[str, Tensor]) -> dict[str, Pair]:
    """Map each module that has a LoRA matrix to its pair."""
    found: dict[str, dict[str, Tensor]] = {}
    embeddings: set[str] = set()
    for text, tensor in tensors.items():
        name = parse(text)
        if name.part in (Part.A, Part.B, Part.EMBEDDING_A, Part.EMBEDDING_B):
            side = "a" if name.part in (Part.A, Part.EMBEDDING_A) else "b"
            found.setdefault(name.module, {})[side] = tensor
            if name.part in (Part.EMBEDDING_A, Part.EMBEDDING_B):
                embeddings.add(name.module)
    return {
        module: Pair(a=sides.get("a"), b=sides.get("b"), embedding=module in embeddings)
        for module, sides in found.items()
    }


def of_part(tensors: Iterable[str], *parts: Part) -> list[Name]:
    """The names that are of one of these parts."""
    return [name for name in map(parse, tensors) if name.part in parts]


def suffixes(modules: Iterable[str]) -> list[str]:
    """The last words of modules, each once, in alphabetical order."""
    return sorted({module.rpartition(".")[2] for module in modules})
