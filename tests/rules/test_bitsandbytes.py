"""bitsandbytes: which libraries it brings, and which of them is loaded."""

from __future__ import annotations

import pytest

from doctor.core.matrix import Basis, WheelBuild
from doctor.rules.bitsandbytes import cuda_of, libraries, loaded
from tests.facts import extension


def wheel(*cudas: str, nearest: bool = False) -> WheelBuild:
    return WheelBuild(
        package="bitsandbytes",
        version="1",
        cuda="",
        architectures=(),
        basis=Basis.DECLARED,
        sources=(),
        libraries=dict.fromkeys(cudas, ()),
        nearest=nearest,
    )


@pytest.mark.parametrize(
    ("path", "cuda"),
    [
        ("/site/bitsandbytes/libbitsandbytes_cuda128.so", "12.8"),
        ("/site/bitsandbytes/libbitsandbytes_cuda110_nocublaslt.so", "11.0"),
        ("/site/bitsandbytes/libbitsandbytes_cpu.so", ""),
        ("/site/bitsandbytes/libbitsandbytes_rocm64.so", ""),
    ],
)
def test_the_name_of_a_library_tells_its_cuda(path: str, cuda: str) -> None:
    assert cuda_of(path) == cuda


def test_what_was_read_counts_before_what_the_wheel_brings() -> None:
    files = [
        extension("bitsandbytes", path="/site/bitsandbytes/libbitsandbytes_cuda121.so"),
        extension("bitsandbytes", path="/site/bitsandbytes/libbitsandbytes_cpu.so"),
        extension("other", path="/site/other/libbitsandbytes_cuda124.so"),
    ]
    assert libraries(files, wheel("11.8", "12.4")) == {"12.1"}
    assert libraries(files[1:], wheel("11.8", "12.4")) == {"11.8", "12.4"}
    assert libraries([], None) == set()


@pytest.mark.parametrize(
    ("cuda", "row", "library"),
    [
        ("12.4", None, "12.4"),
        ("12.6", None, None),
        ("12.4", wheel(), "12.4"),
        ("12.6", wheel(), ""),
        ("12.6", wheel(nearest=True), "12.4"),
        ("13.0", wheel(nearest=True), ""),
    ],
)
def test_which_library_is_loaded(cuda: str, row: WheelBuild | None, library: str | None) -> None:
    """Of a release that is not known it is not known either, but for the one of exactly this CUDA."""
    assert loaded({"11.8", "12.4"}, row, cuda) == library
