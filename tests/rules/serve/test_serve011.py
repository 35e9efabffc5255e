from __future__ import annotations

import pytest

from doctor.core.report import Verdict
from tests.rules.serve.commands import outcome

CODE = "SERVE011"


@pytest.mark.parametrize(
    ("method", "vllm", "verdict"),
    [
        ("bitsandbytes", "0.28.0", Verdict.PROBLEM),
        ("bitsandbytes", "0.27.0", Verdict.HEALTHY),
        ("awq", "0.5.5", Verdict.HEALTHY),
        ("AWQ", "0.5.5", Verdict.HEALTHY),
        ("nothing-known", "0.32.0", Verdict.PROBLEM),
        ("nothing-known", "", Verdict.PROBLEM),
        ("bitsandbytes", "", Verdict.HEALTHY),
        ("None", "0.32.0", Verdict.NOT_APPLICABLE),
    ],
)
def test_the_methods_of_a_release(method, vllm, verdict):
    assert outcome(CODE, f"--quantization {method}", vllm).verdict is verdict


def test_without_a_method_it_does_not_apply():
    assert outcome(CODE, "").verdict is Verdict.NOT_APPLICABLE
