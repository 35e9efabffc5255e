from __future__ import annotations

import pytest

from doctor.core.report import Verdict
from tests.rules.serve.commands import command, outcome

CODE = "SERVE003"


@pytest.mark.parametrize(
    ("rank", "vllm", "instead"),
    [
        ("24", "0.32.0", "32"),
        ("128", "0.5.4", "64"),
        ("1", "0.11.0", "8"),
        ("1024", "0.32.0", "512"),
        ("2", "0.32.0", "8"),
        ("65", "0.5.4", "64"),
    ],
)
def test_a_value_that_the_release_refuses(rank, vllm, instead):
    found = outcome(CODE, f"--enable-lora --max-lora-rank {rank}", vllm)
    assert f"it is {rank}, and vLLM {vllm} allows" in found.problems[0].message
    assert "at most" not in found.problems[0].message
    assert command(found).endswith(f"--max-lora-rank {instead}")


@pytest.mark.parametrize(("rank", "vllm"), [("32", "0.5.4"), ("256", "0.5.5"), ("320", "0.8.0"), ("1", "0.11.1")])
def test_a_value_that_it_allows(rank, vllm):
    assert outcome(CODE, f"--enable-lora --max-lora-rank {rank}", vllm).verdict is Verdict.HEALTHY


def test_where_releases_differ_and_none_is_installed_it_is_not_judged():
    assert outcome(CODE, "--enable-lora --max-lora-rank 128", "").verdict is Verdict.NOT_APPLICABLE


def test_what_is_no_number_is_left_to_the_rule_on_values():
    assert outcome(CODE, "--enable-lora --max-lora-rank auto").verdict is Verdict.NOT_APPLICABLE
    assert outcome("SERVE016", "--enable-lora --max-lora-rank auto").verdict is Verdict.PROBLEM


def test_what_no_release_allows_needs_no_release():
    found = outcome(CODE, "--enable-lora --max-lora-rank 24", "")
    assert "every vLLM from" in found.problems[0].message
    assert "allows 1, 8, 16, 32, 64, 128, 256, 320, 512 at most" in found.problems[0].message


def test_a_command_that_leaves_it_to_its_default_is_not_judged():
    assert outcome(CODE, "--enable-lora").verdict is Verdict.NOT_APPLICABLE
