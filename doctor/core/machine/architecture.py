"""Which compiled CUDA code runs on which GPU."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import IntEnum

from doctor.core.frozen import light_dataclass

_ARCHITECTURE = re.compile(r"(?P<kind>sm|compute)_(?P<number>\d{2,3})(?P<suffix>[af]?)")


class Support(IntEnum):
    """How a GPU runs a build, from not at all to directly."""

    NONE = 0
    """Nothing in the build runs: "no kernel image is available for execution on the device"."""
    PTX = 1
    """Only after the driver has compiled the build's PTX, which it must be new enough for."""
    BINARY = 2
    """It runs compiled code."""


@light_dataclass(frozen=True, order=True)
class Architecture:
    """One target of nvcc: ``sm_86`` is machine code, ``compute_86`` is PTX.

    The suffix ``a`` binds code to exactly one capability, ``f`` to a family: the same major
    number from this minor number on.
    """

    major: int
    minor: int
    suffix: str = ""
    ptx: bool = False

    @classmethod
    def parse(cls, text: str) -> Architecture | None:
        """Read ``sm_90a`` or ``compute_120``; None for what is neither."""
        match = _ARCHITECTURE.fullmatch(text)
        if match is None:
            return None
        number = int(match["number"])
        return cls(number // 10, number % 10, match["suffix"], match["kind"] == "compute")

    def __str__(self) -> str:
        return f"{'compute' if self.ptx else 'sm'}_{self.major}{self.minor}{self.suffix}"

    def runs_on(self, capability: tuple[int, int]) -> bool:
        """Whether this code runs on a GPU of this compute capability.

        Machine code runs on the same major number from its minor number on, PTX on every newer
        capability; see "Binary Compatibility", "PTX Compatibility" and "Family-Specific
        Features" in the CUDA programming guide,
        https://docs.nvidia.com/cuda/cuda-c-programming-guide/.
        """
        own = (self.major, self.minor)
        if self.suffix == "a":
            return capability == own
        if self.ptx and not self.suffix:
            return capability >= own
        return capability[0] == self.major and capability >= own


def parse_capability(text: str) -> tuple[int, int] | None:
    """Read ``9.0`` or ``12.1``; None for what is not a compute capability."""
    match = re.fullmatch(r"(\d{1,2})\.(\d)", text)
    return (int(match[1]), int(match[2])) if match else None


def support(architectures: Iterable[str], capability: tuple[int, int]) -> Support:
    """Say how a GPU of `capability` runs a build that holds `architectures` (``sm_90``, ...)."""
    usable = [
        architecture
        for architecture in map(Architecture.parse, architectures)
        if architecture is not None and architecture.runs_on(capability)
    ]
    if any(not architecture.ptx for architecture in usable):
        return Support.BINARY
    return Support.PTX if usable else Support.NONE
