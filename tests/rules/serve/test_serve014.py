from __future__ import annotations

from doctor.core.report import Verdict
from tests.rules.serve.commands import command, outcome

CODE = "SERVE014"


def test_more_adapters_than_slots():
    found = outcome(CODE, "--enable-lora --lora-modules a=/x b=/y")
    assert found.problems[0].message == "2 adapters are loaded, and 1 can be used at once"
    assert "--max-loras 2" in command(found)


def test_as_many_slots_as_adapters():
    assert outcome(CODE, "--enable-lora --lora-modules a=/x b=/y --max-loras 2").verdict is Verdict.HEALTHY
    assert outcome(CODE, "--enable-lora").verdict is Verdict.NOT_APPLICABLE
