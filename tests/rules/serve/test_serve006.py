from __future__ import annotations

import pytest

from doctor.core.report import Verdict
from tests.rules.serve.commands import outcome

CODE = "SERVE006"


@pytest.mark.parametrize(
    ("vllm", "verdict"),
    [
        ("0.5.5", Verdict.PROBLEM),
        ("0.6.4.post1", Verdict.PROBLEM),
        ("0.6.5", Verdict.HEALTHY),
        ("0.32.0", Verdict.HEALTHY),
    ],
)
def test_the_two_together(vllm, verdict):
    assert outcome(CODE, "--enable-lora --enable-chunked-prefill", vllm).verdict is verdict


def test_one_alone():
    assert outcome(CODE, "--enable-lora", "0.5.5").verdict is Verdict.HEALTHY
    assert outcome(CODE, "--enable-chunked-prefill", "0.5.5").verdict is Verdict.NOT_APPLICABLE
