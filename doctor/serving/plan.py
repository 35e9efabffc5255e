"""Planning a server: what takes the memory, what is left for the cache, which arguments make the most of it."""

from __future__ import annotations

import math
from dataclasses import field

from doctor.core.frozen import frozen
from doctor.core.serving import GIB, MIB, Capacity, Segment
from doctor.serving.attention import Attention
from doctor.serving.cache import capacity_of
from doctor.serving.weights import Linear, lora_bytes

CONTEXT = 700 * MIB
"""What CUDA, cuBLAS and NCCL take in a process: 0.4 to 1 GiB was seen by users of vLLM."""

GRAPHS = 1 * GIB
"""CUDA graphs: 0.2 to 2 GiB; vLLM counts them into its budget from 0.21 on
(VLLM_MEMORY_PROFILER_ESTIMATE_CUDAGRAPHS)."""

SAMPLER_COPIES = 5
"""Logits, sorted values, indices, probabilities and mask of the sampler, in 32 bits each."""

CUDA_BLOCK, LATENT_BLOCK = 16, 64
"""Tokens of a block on CUDA: the default, and what the kernels for compressed caches take."""


@frozen
class Demand:
    """What a model asks for, by its files: sizes in numbers, `weights` in bytes on one GPU.

    `element` are the bytes of a number in weights and activations.
    """

    attention: Attention
    weights: int
    hidden: int
    inner: int
    heads: int
    vocabulary: int
    positions: int
    linear: tuple[Linear, ...] = ()
    embeddings: tuple[tuple[int, int], ...] = ()
    element: int = 2


@frozen
class Settings:
    """The arguments that decide over memory; `slots` is 0 without LoRA, `cache_element` bytes in the cache."""

    utilization: float
    length: int
    batched_tokens: int
    sequences: int
    slots: int = 0
    rank: int = 0
    cache_element: int = 2
    graphs: bool = True
    parallel: int = 1


@frozen
class Layout:
    """How the memory of one GPU is filled: the segments without the free rest, and what the cache holds."""

    segments: tuple[Segment, ...]
    cache: int
    capacity: Capacity | None
    settings: Settings = field(compare=False)


def lay_out(demand: Demand, settings: Settings, memory: int) -> Layout:
    """Fill the memory of one GPU; `capacity` is None where no request of the full length fits."""
    budget = math.floor(memory * settings.utilization)
    fixed = [
        Segment(name="weights", size=demand.weights, exact=True, detail="the tensors of the safetensors files"),
        *_adapters(demand, settings),
        Segment(
            name="activations", size=activations(demand, settings), exact=False, detail="one step of the profile run"
        ),
        Segment(name="CUDA context", size=CONTEXT, exact=False, detail="libraries and their workspaces"),
    ]
    if settings.graphs:
        fixed.append(
            Segment(name="CUDA graphs", size=GRAPHS, exact=False, detail="recorded steps; none with --enforce-eager")
        )
    cache = max(0, budget - sum(item.size for item in fixed))
    capacity = capacity_of(
        demand.attention,
        size=cache,
        length=settings.length,
        batched_tokens=settings.batched_tokens,
        block_tokens=block_tokens(demand.attention),
        element=settings.cache_element,
        parallel=settings.parallel,
    )
    fits = capacity.blocks > capacity.request_blocks  # one block is kept back (vLLM 0.30)
    segment = Segment(name="KV cache", size=cache, exact=False, detail="what is left of the budget")
    return Layout(segments=(*fixed, segment), cache=cache, capacity=capacity if fits else None, settings=settings)


def block_tokens(attention: Attention) -> int:
    """Tokens of one block on CUDA."""
    return LATENT_BLOCK if attention.latent else CUDA_BLOCK


def activations(demand: Demand, settings: Settings) -> int:
    """Bytes at the peak of the profile run, an upper bound.

    That is the buffers of one layer, which the next layer uses again, or those of the sampler.
    """
    attention, parallel = demand.attention, settings.parallel
    width = 4 * demand.hidden + 3 * demand.inner // parallel
    width += (demand.heads + 2 * attention.heads) * attention.width // parallel
    layer = settings.batched_tokens * width * demand.element
    rows = min(settings.sequences, settings.batched_tokens)
    return max(layer, rows * demand.vocabulary * 4 * SAMPLER_COPIES)


def _adapters(demand: Demand, settings: Settings) -> list[Segment]:
    if not settings.slots:
        return []
    size = lora_bytes(
        demand.linear,
        slots=settings.slots,
        rank=settings.rank,
        embeddings=demand.embeddings,
        parallel=settings.parallel,
    )
    slots = f"{settings.slots} slot{'s' * (settings.slots > 1)}"
    detail = f"{slots} of rank {settings.rank}, for every layer that can be adapted"
    return [Segment(name="LoRA buffers", size=size, exact=True, detail=detail)]
