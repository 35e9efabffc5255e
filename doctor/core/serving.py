"""A planned server: what takes the memory of a GPU, what is left for the cache, and with which arguments."""

from __future__ import annotations

from doctor.core.frozen import frozen
from doctor.core.size import say_bytes

MIB = 1024**2
GIB = 1024**3


@frozen
class Segment:
    """A part of one GPU's memory, in bytes.

    `exact` says that the number follows from files and arguments alone; the others are upper
    estimates of what only a run on that GPU can tell. `detail` says where it comes from.
    """

    name: str
    size: int
    exact: bool
    detail: str


@frozen
class Argument:
    """One argument of ``vllm serve``, with its values (none for a switch) and the reason for it."""

    name: str
    values: tuple[str, ...]
    reason: str


@frozen
class Capacity:
    """What a cache holds.

    `block_tokens` are the tokens of a block, `blocks` their number, `request_blocks` those that a
    request of the full length takes, `tokens` what vLLM prints as the size of the cache, and
    `concurrency` how many requests of the full length fit at once.
    """

    block_tokens: int
    blocks: int
    request_blocks: int
    tokens: int
    concurrency: float


@frozen
class ServingPlan:
    """A plan for one model on equal GPUs.

    `gpu` is the name of the GPUs, "" where none was given; `memory` is that of one GPU in bytes, `gpus` their
    number; `segments` fill it, the last being what stays free; `capacity` is None where not one request fits, and
    `shortage` then says what is missing and what to lower first. `cache_bytes_per_token` is that of all layers on
    one GPU. `length` are the tokens of the longest request, `sequences` the most requests that are worked on at once.
    """

    model: str
    gpu: str
    gpus: int
    memory: int
    length: int
    sequences: int
    segments: tuple[Segment, ...]
    cache_bytes_per_token: int
    capacity: Capacity | None
    arguments: tuple[Argument, ...]
    notes: tuple[str, ...] = ()
    shortage: str = ""

    @property
    def machine(self) -> str:
        """The GPUs in words: ``2 x NVIDIA L4, 24.00 GiB each``; one that was given by its memory has no name."""
        size = say_bytes(self.memory)
        if not self.gpu:
            return f"{self.gpus} GPUs of {size}" if self.gpus > 1 else f"a GPU of {size}"
        return f"{self.gpus} x {self.gpu}, {size} each" if self.gpus > 1 else f"{self.gpu}, {size}"

    @property
    def crowded(self) -> bool:
        """Whether the cache holds more requests of the full length than are worked on at once."""
        return self.capacity is not None and self.capacity.concurrency > self.sequences

    @property
    def command(self) -> tuple[str, ...]:
        """The command line that serves as planned."""
        words = [word for item in self.arguments for word in (item.name, *item.values)]
        return ("vllm", "serve", self.model, *words)
