"""A matrix without releases knows nothing of any, and says so in every form that a rule asks in."""

from __future__ import annotations

import pytest

from doctor.core.matrix import Matrix
from doctor.core.packages.flash_wheel import FlashFit

MATRIX = Matrix(version="test")
FIT = FlashFit(torch="2.4", cuda="12", cxx11_abi=False, python="cp311", machine="x86_64")


@pytest.mark.parametrize("version", ["0.5.5", "2.6", "0.8.5.post1+cu118"])
def test_no_release_is_known(version: str) -> None:
    assert MATRIX.release("vllm", version) is None
    assert MATRIX.vllm_release(version) is None
    assert MATRIX.transformers_release(version) is None


def test_nothing_is_listed() -> None:
    releases = MATRIX.releases
    assert (releases.packages(), releases.versions("vllm"), releases.readers_of("VLLM_USE_V1")) == ((), (), ())
    assert (MATRIX.flash_wheels(FIT), MATRIX.flash_releases()) == ((), frozenset())
