"""The matrix: what is known of releases, drivers and GPUs, with the basis of each row."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum


class Basis(str, Enum):
    """How a row of the matrix is known."""

    DECLARED = "declared"
    REPORTED = "reported"
    REPRODUCED = "reproduced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One run that proves a set: how deep it went, when, where, and with what command."""

    depth: str
    date: str
    host: str
    command: str
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """A declared requirement that a set breaks on purpose, and why."""

    distribution: str
    requirement: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownGoodSet:
    """Versions that were seen to work together.

    `pins` maps distribution names to exact versions; `python` and `glibc` are specifiers;
    `cuda` is the CUDA version of the builds ("" for a CPU set); `capabilities` are the compute
    capabilities that all of its kernels run on; `find` names the distributions that a set is
    recognised by.
    """

    name: str
    title: str
    pins: dict[str, str]
    python: str
    basis: Basis
    sources: tuple[str, ...]
    cuda: str = ""
    glibc: str = ""
    minimum_driver: str = ""
    capabilities: tuple[str, ...] = ()
    alternatives: dict[str, str] = field(default_factory=dict)
    deviations: tuple[Deviation, ...] = ()
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CudaRelease:
    """A CUDA version and the drivers that it runs on.

    `minimum_driver` is the oldest driver under minor-version compatibility (compiled code
    only); `toolkit_driver` is the one of the toolkit, needed where PTX is compiled at run time.
    """

    version: str
    minimum_driver: str
    toolkit_driver: str
    basis: Basis
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuModel:
    """The compute capability of GPUs whose NVML name contains the words of `name`."""

    name: str
    capability: str
    architecture: str
    basis: Basis
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WheelBuild:
    """What the wheels of one release on the package index were compiled for.

    `package` is a distribution name, `version` its exact version; `architectures` reads
    ``sm_90`` or ``compute_90``; `cxx11_abi` is the C++ ABI of a torch build.
    """

    package: str
    version: str
    cuda: str
    architectures: tuple[str, ...]
    basis: Basis
    sources: tuple[str, ...]
    cxx11_abi: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """All rows, as the rules read them."""

    version: str
    sets: tuple[KnownGoodSet, ...] = ()
    cuda_releases: tuple[CudaRelease, ...] = ()
    gpu_models: tuple[GpuModel, ...] = ()
    wheel_builds: tuple[WheelBuild, ...] = ()

    def cuda_release(self, version: str) -> CudaRelease | None:
        """The row of a CUDA version, by its major and minor number (``12.1``)."""
        minor = ".".join(version.split(".")[:2])
        return next((row for row in self.cuda_releases if row.version == minor), None)

    def wheel_build(self, package: str, version: str) -> WheelBuild | None:
        """The row of one release; a local version (``+cu121``) is matched exactly."""
        return next((row for row in self.wheel_builds if (row.package, row.version) == (package, version)), None)

    def gpu_model(self, name: str) -> GpuModel | None:
        """The row whose words stand together in an NVML name; of several the longest.

        Whole words are compared, so that ``L4`` is not found in ``NVIDIA L40S``.
        """
        wanted = _words(name)
        matches = [row for row in self.gpu_models if _words(row.name) in wanted]
        return max(matches, key=lambda row: len(row.name), default=None)


def _words(name: str) -> str:
    return f" {' '.join(re.split(r'[^a-z0-9]+', name.lower()))} ".replace("  ", " ")
