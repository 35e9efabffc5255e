"""Which CUDA a library's file name stands for, and which wheel brings it (METADATA of torch 2.4.0, 2.11.0)."""

from __future__ import annotations

import pytest

from doctor.rules.abi.cuda_libraries import cuda_major, is_cuda_library, wheel_of


@pytest.mark.parametrize(
    ("library", "twelve", "thirteen"),
    [
        ("libcusolver.so.11", "nvidia-cusolver-cu12", "nvidia-cusolver"),
        ("libcurand.so.10", "nvidia-curand-cu12", "nvidia-curand"),
        ("libcufile.so.0", "nvidia-cufile-cu12", "nvidia-cufile"),
        ("libnvToolsExt.so.1", "nvidia-nvtx-cu12", "nvidia-nvtx"),
        ("libcusparse.so.12", "nvidia-cusparse-cu12", "nvidia-cusparse"),
        ("libcufft.so.11", "nvidia-cufft-cu12", "nvidia-cufft"),
        ("libcudnn.so.9", "nvidia-cudnn-cu12", "nvidia-cudnn-cu13"),
        ("libcudnn_ops.so.9", "nvidia-cudnn-cu12", "nvidia-cudnn-cu13"),
        ("libnccl.so.2", "nvidia-nccl-cu12", "nvidia-nccl-cu13"),
        ("libcusparseLt.so.0", "nvidia-cusparselt-cu12", "nvidia-cusparselt-cu13"),
        ("libnvshmem_host.so.3", "nvidia-nvshmem-cu12", "nvidia-nvshmem-cu13"),
    ],
)
def test_a_library_that_says_no_cuda_is_of_the_wheel_for_that_of_torch(
    library: str, twelve: str, thirteen: str
) -> None:
    assert is_cuda_library(library) and cuda_major(library) == ""
    assert (wheel_of(library, "12.1"), wheel_of(library, "13.0")) == (twelve, thirteen)
    assert wheel_of(library, "") == ""


@pytest.mark.parametrize(
    ("library", "major", "wheel"),
    [
        ("libcudart.so.11.0", "11", "nvidia-cuda-runtime-cu11"),
        ("libcudart.so.12", "12", "nvidia-cuda-runtime-cu12"),
        ("libcudart.so.13", "13", "nvidia-cuda-runtime"),
        ("libcublas.so.13", "13", "nvidia-cublas"),
        ("libcublasLt.so.13", "13", "nvidia-cublas"),
        ("libnvrtc.so.13", "13", "nvidia-cuda-nvrtc"),
        ("libcupti.so.13", "13", "nvidia-cuda-cupti"),
        ("libnvJitLink.so.13", "13", "nvidia-nvjitlink"),
        ("libcusparse.so.11", "11", "nvidia-cusparse-cu11"),
        ("libcufft.so.10", "11", "nvidia-cufft-cu11"),
    ],
)
def test_one_that_says_it_is_of_the_wheel_for_that(library: str, major: str, wheel: str) -> None:
    """Whatever torch is built for: a vLLM for CUDA 12 beside a torch for 13 asks for libcudart.so.12."""
    assert cuda_major(library) == major
    assert (wheel_of(library, "12.1"), wheel_of(library, "13.0"), wheel_of(library, "")) == (wheel,) * 3


@pytest.mark.parametrize("library", ["libcuda.so.1", "libtorch_cuda.so", "libcudart.so", "libcudart-d0da41ae.so.11.0"])
def test_others_are_of_no_wheel(library: str) -> None:
    assert (is_cuda_library(library), cuda_major(library), wheel_of(library, "12.1")) == (False, "", "")
