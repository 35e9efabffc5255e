from __future__ import annotations

import pytest

from doctor.core.report import Verdict
from tests.rules.serve.commands import outcome, problems

CODE = "SERVE007"


def test_fewer_kept_than_served():
    (message,) = problems(CODE, "--enable-lora --max-loras 4 --max-cpu-loras 2")
    assert message == "it is 2, below --max-loras, which is 4"


def test_as_many_or_the_default():
    assert outcome(CODE, "--enable-lora --max-loras 4 --max-cpu-loras 4").verdict is Verdict.HEALTHY
    assert outcome(CODE, "--enable-lora --max-loras 4").verdict is Verdict.NOT_APPLICABLE


@pytest.mark.parametrize(("kept", "verdict"), [("0", Verdict.PROBLEM), ("1", Verdict.HEALTHY), ("x", Verdict.HEALTHY)])
def test_one_is_served_where_the_command_does_not_say(kept, verdict):
    """What is no number is told by SERVE016."""
    assert outcome(CODE, f"--enable-lora --max-cpu-loras {kept}").verdict is verdict
