"""The arguments of `vllm serve` for a layout, each with its reason."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.serving import Argument
from doctor.serving.plan import Layout, Settings
from doctor.serving.wishes import Goal, Hardware, Wishes

USUAL = 1024
"""Tokens of a usual request, question and answer together, by which the number at once is chosen."""

STEPS = {
    Goal.LATENCY: "for latency: a long prompt is computed in small steps and holds up no one else's tokens",
    Goal.THROUGHPUT: "for throughput: long prompts are computed in few large steps",
    Goal.MEMORY: "for memory: the activations of a small step leave more to the cache",
}
AT_ONCE = {
    Goal.LATENCY: "for latency: the fewer share a step, the sooner each has its next token",
    Goal.THROUGHPUT: "for throughput: a step costs little more for many requests than for one",
    Goal.MEMORY: "for memory: the sampler keeps a row of the vocabulary for each",
}
"""Why a goal asks for the tokens of a step, and for the requests at once."""

BFLOAT16 = (8, 0)
"""The compute capability from which GPUs compute in bfloat16."""


def arguments_of(layout: Layout, wanted: Settings, hardware: Hardware, wishes: Wishes) -> Iterator[Argument]:
    """Yield the arguments that make vLLM lay out memory as planned; `wanted` is what was tried first."""
    settings = layout.settings
    if hardware.gpus > 1:
        yield _argument("--tensor-parallel-size", "the layers are divided among the GPUs", hardware.gpus)
    if hardware.capability is not None and hardware.capability < BFLOAT16:
        yield _argument("--dtype", "this GPU does not compute in bfloat16", "half")
    reason = "the default" if hardware.idle else "what is free now, less half a GiB"
    yield _argument("--gpu-memory-utilization", reason, settings.utilization)
    yield _length(settings, wanted, wishes)
    yield _sequences(layout, wanted, wishes)
    yield _step(settings, wanted, wishes)
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


def _step(settings: Settings, wanted: Settings, wishes: Wishes) -> Argument:
    lowered = settings.batched_tokens < wanted.batched_tokens
    reason = "lowered until the cache fits" if lowered else STEPS[wishes.goal]
    return _argument("--max-num-batched-tokens", reason, settings.batched_tokens)


def sequences_of(layout: Layout) -> int:
    """How many requests are worked on at once: what was asked for, or as many usual ones as the cache holds."""
    settings = layout.settings
    if layout.capacity is None:
        return settings.sequences
    at_once = max(1, layout.capacity.tokens // min(settings.length, USUAL))
    return min(settings.sequences, at_once - at_once % 8 or at_once)


def _sequences(layout: Layout, wanted: Settings, wishes: Wishes) -> Argument:
    number, capacity = sequences_of(layout), layout.capacity
    assert capacity is not None  # or there is nothing to serve with
    reason = f"the cache holds {capacity.tokens:,} tokens, a usual request {min(layout.settings.length, USUAL)}"
    if number == wanted.sequences:
        reason = AT_ONCE[wishes.goal]
    elif number == layout.settings.sequences:
        reason = "lowered until the cache fits"
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
