"""Choosing the arguments of a server: what is asked for, lowered step by step until it fits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from packaging.version import Version

from doctor.core.packages.release import VllmRelease
from doctor.core.serving import GIB, Argument, Segment, ServingPlan
from doctor.serving.arguments import arguments_of, sequences_of
from doctor.serving.demand import PlanningError
from doctor.serving.plan import Demand, Layout, Settings, block_tokens, lay_out
from doctor.serving.wishes import Goal, Hardware, Wishes

RANKS = (8, 16, 32, 64, 128, 256, 320, 512)
"""What --max-lora-rank may be where the release is not known: what every one since 0.8.0 takes."""

_USUAL_STEP, _USUAL_SEQUENCES = 2048, 64
_LEAST_STEP, _LEAST_SEQUENCES = 512, 16
_ROUND, _SHORTEST = 256, 2048
_FP8 = (8, 9)
"""The compute capability from which kernels read a cache of 8 bits fast."""


_BATCHED = {Goal.LATENCY: 2048, Goal.THROUGHPUT: 8192, Goal.MEMORY: 1024}
_SEQUENCES = {Goal.LATENCY: 64, Goal.THROUGHPUT: 256, Goal.MEMORY: 32}


def plan_server(
    model: str, demand: Demand, hardware: Hardware, wishes: Wishes, release: VllmRelease | None = None
) -> ServingPlan:
    """Plan the server of a model.

    Raises:
        PlanningError: a rank is larger than any that this release takes, or the length beyond the model's.
    """
    wanted = _wanted(demand, hardware, wishes, release)
    layouts = list(_attempts(demand, wanted, hardware, wishes))
    found = next((item for item in layouts if item.capacity is not None), None)
    layout = found or layouts[-1]
    return describe(
        model,
        demand,
        hardware,
        layout,
        arguments=tuple(arguments_of(layout, wanted, hardware, wishes)) if found else (),
        sequences=sequences_of(layout),
        notes=tuple(_notes(layout, wanted, release, wishes)),
        shortage="" if found else _shortage(demand, layout, hardware),
    )


def describe(
    model: str,
    demand: Demand,
    hardware: Hardware,
    layout: Layout,
    *,
    arguments: tuple[Argument, ...] = (),
    sequences: int = 0,
    notes: tuple[str, ...] = (),
    shortage: str = "",
) -> ServingPlan:
    """The plan of a layout: its segments with what others use and what stays free.

    `sequences` are those that are worked on at once, 0 for the ones of the layout.
    """
    block = block_tokens(demand.attention)
    page = demand.attention.page(block, layout.settings.cache_element, hardware.gpus)
    return ServingPlan(
        model=model,
        gpu=hardware.name,
        gpus=hardware.gpus,
        memory=hardware.memory,
        length=layout.settings.length,
        sequences=sequences or layout.settings.sequences,
        segments=(*layout.segments, *_outside(layout, hardware)),
        cache_bytes_per_token=page * demand.attention.layers // block,
        capacity=layout.capacity,
        arguments=arguments,
        notes=notes,
        shortage=shortage,
    )


def default_utilization(release: VllmRelease | None) -> float:
    """What --gpu-memory-utilization is where it is not given."""
    return 0.92 if release is None or Version(release.version) >= Version("0.20") else 0.9


def _outside(layout: Layout, hardware: Hardware) -> Iterator[Segment]:
    """What is not vLLM's: the memory that others hold, and the rest."""
    left = max(0, hardware.memory - sum(item.size for item in layout.segments))
    taken = min(left, hardware.memory - hardware.free)
    if not hardware.idle:
        yield Segment(name="in use", size=taken, exact=True, detail="by other processes, when it was looked at")
        left -= taken
    yield Segment(name="free", size=left, exact=True, detail="beyond --gpu-memory-utilization")


def _wanted(demand: Demand, hardware: Hardware, wishes: Wishes, release: VllmRelease | None) -> Settings:
    if wishes.length > demand.positions:
        raise PlanningError(f"the model has {demand.positions} positions, and {wishes.length} tokens were asked for")
    usable = (hardware.free - GIB // 2) / hardware.memory
    utilization = max(0.05, min(default_utilization(release), int(usable * 100) / 100))
    return Settings(
        utilization=utilization,
        length=wishes.length or demand.positions,
        batched_tokens=_BATCHED[wishes.goal],
        sequences=_SEQUENCES[wishes.goal],
        slots=len(wishes.ranks),
        rank=_allowed_rank(max(wishes.ranks), release) if wishes.ranks else 0,
        parallel=hardware.gpus,
    )


def _allowed_rank(rank: int, release: VllmRelease | None) -> int:
    allowed = release.lora.max_lora_rank if release else RANKS
    fitting = [value for value in allowed if value >= rank]
    if not fitting:
        version = f"vLLM {release.version}" if release else "vLLM"
        raise PlanningError(f"the adapters have rank {rank}, and {version} takes at most {max(allowed)}")
    return min(fitting)


def _attempts(demand: Demand, wanted: Settings, hardware: Hardware, wishes: Wishes) -> Iterator[Layout]:
    """Lay out less and less, what costs the user least first."""
    for settings in _lowered(wanted, hardware, may_shorten=not wishes.length):
        yield lay_out(demand, settings, hardware.memory)


def _lowered(wanted: Settings, hardware: Hardware, *, may_shorten: bool) -> Iterator[Settings]:
    """Smaller steps, then a shorter length, then the smallest steps, then no graphs, then a cache of 8 bits."""
    yield wanted
    usual = replace(
        wanted,
        batched_tokens=min(wanted.batched_tokens, _USUAL_STEP),
        sequences=min(wanted.sequences, _USUAL_SEQUENCES),
    )
    yield usual
    least = replace(usual, batched_tokens=_LEAST_STEP, sequences=min(wanted.sequences, _LEAST_SEQUENCES))
    eager = replace(least, graphs=False)
    modern = hardware.capability is None or hardware.capability >= _FP8
    attempts = (usual, least, eager, *((replace(eager, cache_element=1),) if modern else ()))
    for settings in attempts:
        yield settings
        for length in _shorter(wanted.length) if may_shorten else ():
            yield replace(settings, length=length)


def _shorter(length: int) -> Iterator[int]:
    while length > _SHORTEST:
        length = length * 3 // 4 // _ROUND * _ROUND
        yield length


def _notes(layout: Layout, wanted: Settings, release: VllmRelease | None, wishes: Wishes) -> Iterator[str]:
    if layout.capacity is not None and layout.settings.length < wanted.length:
        yield f"the model has {wanted.length} positions; {layout.settings.length} tokens are the longest that fit"
    if release is None and wishes.ranks:
        yield "which vLLM will serve is not known: buffers for embeddings, which some architectures have, are counted"
    yield "activations, context and graphs are estimates, good to about 1 GiB; the rest follows from the files"


def _shortage(demand: Demand, layout: Layout, hardware: Hardware) -> str:
    taken = sum(item.size for item in layout.segments if item.name != "KV cache")
    budget = layout.settings.utilization * hardware.memory
    lead = f"not one request of {layout.settings.length} tokens fits into {hardware.memory / GIB:.1f} GiB"
    if demand.weights > budget:
        return (
            f"{lead}: the weights alone take {demand.weights / GIB:.1f} GiB, and {budget / GIB:.1f} GiB may be used. "
            "Use more GPUs, or quantised weights"
        )
    rest = "Use more GPUs, quantised weights, or a shorter --max-model-len"
    return f"{lead}: {taken / GIB:.1f} GiB are taken before the cache. {rest}"
