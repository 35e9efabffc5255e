"""PIN006 over the packages that are compiled against numpy 1: each is met beside numpy 2, and not its next release."""

from __future__ import annotations

import pytest

from doctor.core.matrix import Matrix
from doctor.core.report import Cause
from tests.facts import judge
from tests.rules.pin.stacks import stack


@pytest.mark.parametrize(
    ("package", "old", "new"),
    [
        ("pandas", "2.0.3", "2.2.2"),
        ("pyarrow", "14.0.2", "16.0.0"),
        ("scikit-learn", "1.2.2", "1.4.2"),
        ("scipy", "1.10.1", "1.13.0"),
        ("opencv-python-headless", "4.10.0.82", "4.10.0.84"),
        ("h5py", "3.10.0", "3.11.0"),
        ("soxr", "0.3.7", "0.4.0"),
        ("onnxruntime", "1.17.3", "1.19.0"),
        ("ml-dtypes", "0.3.2", "0.4.0"),
    ],
)
def test_what_is_compiled_against_numpy_1_does_not_fit_numpy_2(
    shipped: Matrix, package: str, old: str, new: str
) -> None:
    outcome = judge("PIN006", stack({package: old, "numpy": "2.3.5"}), shipped)
    (problem,) = outcome.problems
    assert (problem.subject, outcome.cause_of(problem)) == ("numpy", Cause.NUMPY_2)
    assert problem.remedies[0].text.startswith(f"Install {package}>=")
    assert not judge("PIN006", stack({package: old, "numpy": "1.26.4"}), shipped).problems
    assert not judge("PIN006", stack({package: new, "numpy": "2.3.5"}), shipped).problems
