from __future__ import annotations

from doctor.core.report import Verdict
from tests.rules.serve.commands import outcome, problems

CODE = "SERVE007"


def test_fewer_kept_than_served():
    (message,) = problems(CODE, "--enable-lora --max-loras 4 --max-cpu-loras 2")
    assert message == "it is 2, below --max-loras, which is 4"


def test_as_many_or_the_default():
    assert outcome(CODE, "--enable-lora --max-loras 4 --max-cpu-loras 4").verdict is Verdict.HEALTHY
    assert outcome(CODE, "--enable-lora --max-loras 4").verdict is Verdict.NOT_APPLICABLE
