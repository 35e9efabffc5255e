"""The distributions that training and serving consist of, the most telling first."""

from __future__ import annotations

from collections.abc import Iterable

from doctor.core.packages.names import VLLM

STACK: tuple[str, ...] = (
    "torch",
    *VLLM,
    "unsloth",
    "unsloth-zoo",
    "transformers",
    "peft",
    "trl",
    "numpy",
    "torchvision",
    "torchaudio",
    "triton",
    "xformers",
    "flash-attn",
    "vllm-flash-attn",
    "bitsandbytes",
    "accelerate",
    "tokenizers",
    "safetensors",
    "huggingface-hub",
    "datasets",
    "flashinfer-python",
    "compressed-tensors",
    "xgrammar",
    "outlines",
    "sglang",
    "deepspeed",
    "ray",
)
"""In this order problems are reported, after their severity."""

_RANK = {name: position for position, name in enumerate(STACK)}

LEADERS: tuple[str, ...] = (*VLLM, "sglang", "unsloth", "unsloth-zoo", "torch", "transformers")
"""What an environment is built around: the others follow, the first most."""

FRAMEWORKS = frozenset(
    {*VLLM, "sglang", "unsloth", "unsloth-zoo", "trl", "peft", "accelerate", "datasets", "deepspeed", "ray"}
)
"""What one trains and serves with; the rest of the stack are libraries that these share."""


def rank(name: str) -> int:
    """The position of a distribution in the stack; those outside come last."""
    return _RANK.get(name, len(STACK))


def anchor_rank(name: str) -> int:
    """How much others have to follow a distribution: 0 for what an environment is built around."""
    return LEADERS.index(name) if name in LEADERS else len(LEADERS) + rank(name)


def listing(items: Iterable[str], most: int = 4) -> str:
    """Join names for a sentence; beyond `most` only their number is said."""
    words = list(items)
    if len(words) > most + 1:
        words = [*words[:most], f"{len(words) - most} more"]
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
