"""What a server is planned for: the GPUs, and what the user asks for."""

from __future__ import annotations

from enum import Enum

from doctor.core.frozen import frozen


class Goal(str, Enum):
    """What a server is to be good at."""

    LATENCY = "latency"
    THROUGHPUT = "throughput"
    MEMORY = "memory"


@frozen
class Hardware:
    """Equal GPUs: how they are called, bytes of one and how much of that is free, their number.

    `capability` is the compute capability as (major, minor), None where it is not known.
    """

    name: str
    memory: int
    free: int
    gpus: int = 1
    capability: tuple[int, int] | None = None

    @property
    def idle(self) -> bool:
        """Whether nobody uses it, apart from the little that a driver keeps for itself."""
        return self.free >= self.memory * 0.99


@frozen
class Wishes:
    """What the user asks for; 0 leaves it to the plan."""

    goal: Goal = Goal.THROUGHPUT
    length: int = 0
    ranks: tuple[int, ...] = ()
    adapters: tuple[str, ...] = ()
