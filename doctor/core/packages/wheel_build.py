"""What the wheels of a release were compiled for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field

from doctor.core.basis import Basis
from doctor.core.frozen import frozen


@frozen
class WheelBuild:
    """What the Linux wheels of one release on the package index were compiled for.

    `package` is a distribution name, `version` its exact version, `machine` the processor of
    its wheels; `architectures` reads ``sm_90`` or ``compute_90``; `cxx11_abi` is the C++ ABI of
    a torch build; `glibc` is the newest that a part of it needs (``2.29``) where its tag promises an older one.
    `libraries` maps the CUDA versions that a package brings a library for to what that was compiled for, as
    bitsandbytes does; `cuda` is "" then. With `nearest` it takes the library of a near minor version where it
    has none for exactly that of torch.
    """

    package: str
    version: str
    cuda: str
    architectures: tuple[str, ...]
    basis: Basis
    sources: tuple[str, ...]
    cxx11_abi: bool | None = None
    machine: str = "x86_64"
    glibc: str = ""
    libraries: dict[str, tuple[str, ...]] = field(default_factory=dict)
    nearest: bool = False

    def library(self, cuda: str) -> str:
        """The CUDA version of the library that is loaded beside a torch built with `cuda`; "" where there is none."""
        return choose_library(self.libraries, cuda, nearest=self.nearest)


def choose_library(available: Iterable[str], cuda: str, *, nearest: bool) -> str:
    """The CUDA version of the library that is loaded, "" where none is.

    That is the one for exactly the CUDA of torch or, with `nearest`, that for the next older minor version, else for
    the next newer one (`get_cuda_bnb_library_path` in bitsandbytes/cextension.py of 0.50).
    """
    wanted = _minor(cuda)
    same = sorted((_minor(other), other) for other in available if _minor(other)[:1] == wanted[:1])
    exact = [other for number, other in same if number == wanted]
    if exact or not (nearest and same):
        return exact[0] if exact else ""
    older = [other for number, other in same if number < wanted]
    return older[-1] if older else same[0][1]


def _minor(cuda: str) -> tuple[int, ...]:
    return tuple(int(part) for part in cuda.split(".")[:2] if part.isdigit())
