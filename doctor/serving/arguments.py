"""The arguments of `vllm serve` for a layout, each with its reason."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.serving import Argument
from doctor.serving.plan import Layout, Settings
from doctor.serving.wishes import Hardware, Wishes

USUAL = 1024
"""Tokens of a usual request, question and answer together, by which the number at once is chosen."""

BFLOAT16 = (8, 0)
"""The compute capability from which GPUs compute in bfloat16."""


def arguments_of(layout: Layout, wanted: Settings, hardware: Hardware, wishes: Wishes) -> Iterator[Argument]:
    """Yield the arguments that make vLLM lay out memory as planned; `wanted` is what was tried first."""
    settings = layout.settings
    if hardware.gpus > 1:
        yield _argument("--tensor-parallel-size", "the layers are divided among the GPUs", hardware.gpus)
    if hardware.capability is not None and hardware.capability < BFLOAT16:
        yield _argument("--dtype", "this GPU does not compute in bfloat16", "half")
    everything = hardware.free >= hardware.memory * 0.99
    reason = "the default" if everything else "what is free now, less half a GiB"
    yield _argument("--gpu-memory-utilization", reason, settings.utilization)
    yield _length(settings, wanted, wishes)
    yield _sequences(layout)
    lowered = settings.batched_tokens < wanted.batched_tokens
    reason = "lowered until the cache fits" if lowered else f"for {wishes.goal.value}"
    yield _argument("--max-num-batched-tokens", reason, settings.batched_tokens)
    if not settings.graphs:
        yield _argument("--enforce-eager", "without it, CUDA graphs would take the room of the cache")
    if settings.cache_element == 1:
        yield _argument("--kv-cache-dtype", "half the cache a token; nothing else fits", "fp8")
    if settings.slots:
        yield from _of_lora(settings, wishes)


def _length(settings: Settings, wanted: Settings, wishes: Wishes) -> Argument:
    reason = "as asked for" if wishes.length else "all positions of the model"
    if settings.length < wanted.length:
        reason = "the longest that fits"
    return _argument("--max-model-len", reason, settings.length)


def _sequences(layout: Layout) -> Argument:
    settings, capacity = layout.settings, layout.capacity
    assert capacity is not None  # or there is nothing to serve with
    usual = min(settings.length, USUAL)
    at_once = max(1, capacity.tokens // usual)
    number = min(settings.sequences, at_once - at_once % 8 or at_once)
    reason = f"the cache holds {capacity.tokens} tokens, a usual request {usual}"
    return _argument("--max-num-seqs", reason, number)


def _of_lora(settings: Settings, wishes: Wishes) -> Iterator[Argument]:
    yield _argument("--enable-lora", "for the adapters")
    yield _argument("--max-loras", "all adapters in one batch", settings.slots)
    reason = f"the smallest allowed value for rank {max(wishes.ranks)}"
    yield _argument("--max-lora-rank", reason, settings.rank)
    # argparse keeps the last of a repeated option: all adapters stand behind one.
    named = [f"{path.rstrip('/').rpartition('/')[2]}={path}" for path in wishes.adapters]
    if named:
        yield _argument("--lora-modules", "each adapter by the name of its folder", *named)


def _argument(name: str, reason: str, *values: float | str) -> Argument:
    return Argument(name=name, values=tuple(map(str, values)), reason=reason)
