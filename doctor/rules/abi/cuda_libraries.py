"""CUDA's libraries: which version a file name stands for, and which wheel brings it.

The names are those of NVIDIA's wheels: with the suffix -cu12 up to CUDA 12; from 13 on those of
the toolkit itself have none (METADATA of torch 2.4.0 and torch 2.11.0).
"""

from __future__ import annotations

import re

DRIVER = ("libcuda.so.1", "libnvidia-ml.so.1")
"""Libraries of the driver, which no wheel brings and which a machine without a GPU lacks."""

# Library: (wheel without its suffix, whether it is part of the toolkit, version of the file to CUDA major).
_WHEELS: dict[str, tuple[str, bool, dict[str, str]]] = {
    "libcudart": ("nvidia-cuda-runtime", True, {"11.0": "11", "12": "12", "13": "13"}),
    "libcublas": ("nvidia-cublas", True, {"11": "11", "12": "12", "13": "13"}),
    "libcublasLt": ("nvidia-cublas", True, {"11": "11", "12": "12", "13": "13"}),
    "libnvrtc": ("nvidia-cuda-nvrtc", True, {"11.2": "11", "12": "12", "13": "13"}),
    "libcupti": ("nvidia-cuda-cupti", True, {"12": "12", "13": "13"}),
    "libnvJitLink": ("nvidia-nvjitlink", True, {"12": "12", "13": "13"}),
    "libcusparse": ("nvidia-cusparse", True, {"11": "11"}),
    "libcusolver": ("nvidia-cusolver", True, {}),
    "libcufft": ("nvidia-cufft", True, {"10": "11"}),
    "libcurand": ("nvidia-curand", True, {}),
    "libcufile": ("nvidia-cufile", True, {}),
    "libnvToolsExt": ("nvidia-nvtx", True, {}),
    "libcudnn": ("nvidia-cudnn", False, {}),
    "libnccl": ("nvidia-nccl", False, {}),
    "libcusparseLt": ("nvidia-cusparselt", False, {}),
    "libnvshmem_host": ("nvidia-nvshmem", False, {}),
}
_NAME = re.compile(r"(?P<library>lib\w+)\.so\.(?P<version>[\d.]+)$")


def cuda_major(library: str) -> str:
    """The CUDA major version that a library's file name stands for, "" where it stands for none."""
    match = _NAME.match(library)
    if match is None or match["library"] not in _WHEELS:
        return ""
    return _WHEELS[match["library"]][2].get(match["version"], "")


def is_cuda_library(library: str) -> bool:
    """Whether a library is one of CUDA's that a wheel brings."""
    match = _NAME.match(library)
    return match is not None and (match["library"] in _WHEELS or match["library"].startswith("libcudnn_"))


def wheel_of(library: str, cuda: str) -> str:
    """The wheel that brings a library of CUDA, for a torch of the CUDA version `cuda`; "" for none."""
    match = _NAME.match(library)
    if match is None or not is_cuda_library(library):
        return ""
    name, of_toolkit, _ = _WHEELS.get(match["library"], _WHEELS["libcudnn"])
    major = cuda_major(library) or cuda.split(".")[0]
    if not major:
        return ""
    return name if of_toolkit and int(major) >= 13 else f"{name}-cu{major}"
