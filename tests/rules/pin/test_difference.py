"""How an installed version differs from the one of a known-good set."""

from __future__ import annotations

import dataclasses

import pytest
from packaging.version import Version

from doctor.core.matrix import KnownGoodSet, Matrix
from doctor.core.report import Cause, Severity
from doctor.rules.pin.difference import Difference, difference


def told(
    matrix: Matrix, name: str, pin: str, found: str, *, bound: bool = False, cuda: str = "12.1", index_cuda: str = ""
) -> Difference | None:
    row: KnownGoodSet = dataclasses.replace(matrix.sets[0], bound=(name,) if bound else (), cuda=cuda)
    return difference(row, name, pin, Version(found) if found else None, index_cuda)


@pytest.mark.parametrize(
    ("name", "pin", "found", "severity", "cause"),
    [
        ("numpy", "1.26.4", "", Severity.WARNING, Cause.MISSING_PACKAGE),
        ("numpy", "1.26.4", "1.26.1", Severity.INFO, Cause.OTHER),
        ("numpy", "1.26.4", "1.25.4", Severity.WARNING, Cause.OTHER),
        ("numpy", "1.26.4", "2.1.0", Severity.WARNING, Cause.NUMPY_2),
        ("numpy", "2.1.0", "2.2.0", Severity.WARNING, Cause.OTHER),
        ("pandas", "1.5.3", "2.1.0", Severity.WARNING, Cause.OTHER),
        ("transformers", "4.44.2", "4.45.0", Severity.WARNING, Cause.TRANSFORMERS_TOO_NEW),
        ("transformers", "4.44.2", "4.43.0", Severity.WARNING, Cause.TRANSFORMERS_TOO_OLD),
        ("mine", "1.0+one", "1.0+two", Severity.WARNING, Cause.OTHER),
    ],
)
def test_what_is_not_bound_weighs_by_how_far_apart_it_is(
    matrix: Matrix, name: str, pin: str, found: str, severity: Severity, cause: Cause
) -> None:
    item = told(matrix, name, pin, found)
    assert item is not None
    assert (item.severity, item.cause) == (severity, cause)


@pytest.mark.parametrize(
    ("name", "found", "cuda", "severity", "cause"),
    [
        ("torch", "", "12.1", Severity.ERROR, Cause.MISSING_PACKAGE),
        ("torch", "2.5.0+cu121", "12.1", Severity.ERROR, Cause.TORCH_PIN_VIOLATED),
        ("torch", "2.4.0+cu124", "12.1", Severity.WARNING, Cause.CUDA_TOOLKIT_MISMATCH),
        ("torch", "2.4.0+cu118", "12.1", Severity.ERROR, Cause.CUDA_TOOLKIT_MISMATCH),
        ("torch", "2.4.0+cpu", "12.1", Severity.ERROR, Cause.TORCH_PIN_VIOLATED),
        ("torch", "2.4.0+cu121", "", Severity.ERROR, Cause.CUDA_TOOLKIT_MISMATCH),
        ("torchvision", "2.4.0+cpu", "12.1", Severity.WARNING, Cause.ABI_MISMATCH_OTHER),
        ("flash-attn", "2.5.0", "12.1", Severity.ERROR, Cause.ABI_MISMATCH_FLASH_ATTN),
    ],
)
def test_what_is_compiled_together_weighs_by_its_build(
    matrix: Matrix, name: str, found: str, cuda: str, severity: Severity, cause: Cause
) -> None:
    item = told(matrix, name, "2.4.0", found, bound=True, cuda=cuda)
    assert item is not None
    assert (item.severity, item.cause) == (severity, cause)


@pytest.mark.parametrize(
    ("found", "bound", "cuda", "index_cuda", "same"),
    [
        ("2.4.0+mine", False, "12.1", "", True),
        ("2.4", True, "12.1", "", True),
        ("2.4.0+cu121", True, "12.1", "", True),
        ("2.4.0+cu124", True, "12.1", "", False),
        ("2.4.0+cu124", True, "12.1", "12.4", True),
        ("2.4.0+cu124", True, "", "12.4", False),
        ("2.4.0+cpu", True, "", "", True),
        ("2.4.0+cpu", True, "12.1", "", False),
    ],
)
def test_a_label_counts_where_code_is_compiled_against_it(
    matrix: Matrix, found: str, bound: bool, cuda: str, index_cuda: str, same: bool
) -> None:
    """The wheel of torch on the package index may be for another CUDA than vLLM's own kernels."""
    assert (told(matrix, "torch", "2.4.0", found, bound=bound, cuda=cuda, index_cuda=index_cuda) is None) is same
