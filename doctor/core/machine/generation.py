"""Which CUDA versions make machine code for a generation of GPUs."""

from __future__ import annotations

from doctor.core.basis import Basis
from doctor.core.frozen import frozen
from doctor.core.machine.architecture import parse_capability


@frozen
class Generation:
    """The GPUs whose compute capability is from `capability` on and below `below`, and the CUDA that compiles for them.

    `first_cuda` is the first version whose nvcc makes machine code that runs on all of them, `last_cuda` the last
    one that does ("" while none has dropped them). `below` is "" for a generation that no other follows.
    """

    name: str
    capability: str
    first_cuda: str
    basis: Basis
    sources: tuple[str, ...]
    below: str = ""
    last_cuda: str = ""

    def holds(self, capability: tuple[int, int]) -> bool:
        """Whether a GPU is of this generation."""
        least, above = parse_capability(self.capability), parse_capability(self.below)
        return least is not None and least <= capability and (above is None or capability < above)
