"""CUDA versions with their drivers, and the models of GPUs."""

from __future__ import annotations

from doctor.core.basis import Basis
from doctor.core.frozen import frozen


@frozen
class CudaRelease:
    """A CUDA version and the drivers that it runs on.

    `minimum_driver` is the oldest driver under minor-version compatibility (compiled code
    only); `toolkit_driver` is the one of the toolkit, needed where PTX is compiled at run time.
    `compat_branches` are the branches of the driver (``535``) on which its forward-compatibility package
    runs on data-centre GPUs, as NVIDIA's container images of that CUDA list them; none where no list was found.
    """

    version: str
    minimum_driver: str
    toolkit_driver: str
    basis: Basis
    sources: tuple[str, ...]
    compat_branches: tuple[str, ...] = ()


@frozen
class GpuModel:
    """The compute capability of GPUs whose NVML name contains the words of `name`.

    `segment` is ``data-centre``, ``workstation``, ``consumer``, ``jetson``, or "" where the name does not tell.
    """

    name: str
    capability: str
    architecture: str
    basis: Basis
    sources: tuple[str, ...]
    segment: str = ""
