from __future__ import annotations

from doctor.core.report import Verdict
from tests.rules.serve.commands import command, outcome

CODE = "SERVE002"


def test_adapters_without_the_switch():
    found = outcome(CODE, "--lora-modules a=/x")
    assert [item.subject for item in found.problems] == ["--lora-modules"]
    assert command(found) == "vllm serve model --lora-modules a=/x --enable-lora"


def test_with_the_switch_and_without_adapters():
    assert outcome(CODE, "--enable-lora --lora-modules a=/x").verdict is Verdict.HEALTHY
    assert outcome(CODE, "--max-model-len 4096").verdict is Verdict.NOT_APPLICABLE
