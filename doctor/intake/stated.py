"""What someone has stated, in place of what was looked at.

What is not stated is Unknown with the reason *not-stated*, never Absent: a text that leaves a
package out does not say that it is not installed.
"""

from __future__ import annotations

from dataclasses import field
from typing import Any, TypeVar

from doctor.core.fact import Fact, Known, Reason, Source, SourceKind, Unknown
from doctor.core.frozen import frozen
from doctor.core.machine.system import Cpu
from doctor.core.reading import BaseImage
from doctor.core.serve import ServeCommand
from doctor.intake.stated_platform import Said

T = TypeVar("T")


@frozen
class StatedPackage:
    """One line of a list of packages; `origin` as in `Distribution`, `file` is "" for the source itself."""

    name: str
    version: str
    line: int | None = None
    file: str = ""
    origin: str = "index"
    shadowed: bool = False
    wheel_tags: tuple[str, ...] = ()


@frozen
class StatedGpu:
    """One NVIDIA GPU; memory in MiB, `links` as in `Gpu`, `where` as in `Said`; None and "" are not stated."""

    name: str
    line: int | None = None
    where: str = ""
    capability: str = ""
    memory: int | None = None
    links: tuple[str, ...] | None = None
    mig: bool | None = None


@frozen
class Stated:
    """What a source states of an environment; None is not stated.

    `kind` and `where` say what the source is. `torch_cuda` and `torch_hip` are "" for a build
    without. `accelerator` names a device that is not NVIDIA's. `no_gpu` is what the source
    writes in place of GPUs (``No CUDA``), which does not say that there are none. `listed` are
    the beginnings of names for which `variables` is complete. `said` is what options said in place
    of the source, in words; `cuda_works` is "True" where torch has started CUDA;
    `unpinned` and `image` as in `Reading`. `serve` is the command that it starts.
    """

    where: str
    kind: SourceKind = SourceKind.COLLECT_ENV
    python: Said | None = None
    python_platform: Said | None = None
    system: Said | None = None
    libc: Said | None = None
    packages: tuple[StatedPackage, ...] | None = None
    torch_version: Said | None = None
    torch_cuda: Said | None = None
    torch_hip: Said | None = None
    torch_architectures: tuple[str, ...] | None = None
    debug: bool = False
    gpus: tuple[StatedGpu, ...] | None = None
    accelerator: Said | None = None
    no_gpu: str = ""
    driver: Said | None = None
    driver_cuda: Said | None = None
    cuda_works: Said | None = None
    nvcc: Said | None = None
    variables: dict[str, str] | None = None
    listed: tuple[str, ...] = ()
    cpu: Cpu | None = None
    conda: str = ""
    form: str = ""
    unread: tuple[str, ...] = field(default=())
    unpinned: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    serve: ServeCommand | None = None
    serve_line: int | None = None
    image: BaseImage | None = None

    def source(self, said: Said | StatedGpu | None = None) -> Source:
        """Where this was read, with the line where that is known; or the option that said it."""
        if said is not None and said.where:
            return Source(kind=SourceKind.OPTION, where=said.where)
        return Source(kind=self.kind, where=self.where, line=said.line if said else None)

    def unstated(self, detail: str = "not stated") -> Unknown[Any]:
        """The fact of something that the source does not state."""
        return Unknown(reason=Reason.NOT_STATED, detail=detail, source=self.source())

    def known_or_unstated(self, value: T | None, said: Said | StatedGpu | None = None) -> Fact[T]:
        """Known where there is a value; `said` is what tells where it was stated."""
        return self.unstated() if value is None else Known(value=value, source=self.source(said))
