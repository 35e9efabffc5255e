from __future__ import annotations

import pytest

from doctor.core.report import Verdict
from tests.rules.serve.commands import command, outcome, problems

CODE = "SERVE016"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--port abc", "it is abc, and it takes a whole number"),
        ("--max-model-len --enable-lora", "it is nothing, and it takes a whole number"),
        ("--gpu-memory-utilization 5", "it is 5, and it takes a share above 0 and up to 1"),
        ("--dtype float99", "it is float99, and it takes one of auto"),
        ("--gpu-memory-utilization 0", "it is 0, and it takes a share above 0 and up to 1"),
        ("--gpu-memory-utilization 1.01", "it is 1.01, and it takes a share above 0 and up to 1"),
        ("--gpu-memory-utilization most", "it is most, and it takes a share above 0 and up to 1"),
        ("--port auto", "it is auto, and it takes a whole number"),
        ("--enable-lora --lora-modules ./sql", "it is ./sql, and it takes NAME=PATH"),
        ("--enable-lora --lora-modules", "it is nothing, and it takes NAME=PATH"),
        ("--enable-lora --lora-modules a=/x ./sql", "it is a=/x ./sql, and it takes NAME=PATH"),
        ("--enable-lora --lora-modules =./sql", "it is =./sql, and it takes NAME=PATH"),
        ("--enable-lora --lora-modules sql=", "it is sql=, and it takes NAME=PATH"),
    ],
)
def test_a_value_of_another_kind(arguments: str, said: str) -> None:
    (message,) = problems(CODE, arguments)
    assert message.startswith(said)


def test_the_remedy_leaves_the_option_out() -> None:
    assert command(outcome(CODE, "--port abc --seed 1")) == "vllm serve model --seed 1"


@pytest.mark.parametrize(
    "arguments",
    [
        "--port 8000 --max-model-len 128k --gpu-memory-utilization 0.9 --dtype half",
        "--max-model-len auto",
        "--gpu-memory-utilization 1",
        "--max-model-len -1",
        "--lora-modules a=/x {}",
    ],
)
def test_values_of_their_kind(arguments: str) -> None:
    assert outcome(CODE, arguments).verdict is Verdict.HEALTHY
