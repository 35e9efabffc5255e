from __future__ import annotations

import pytest

from doctor.core.machine.gpu import GPUS
from doctor.core.report import Verdict
from tests.facts import gpu
from tests.rules.serve.commands import command, outcome, problems

CODE = "SERVE009"


def test_more_than_there_are():
    assert problems(CODE, "-tp 4 -pp 2") == ["the command needs 8 GPUs, and one is here"]


@pytest.mark.parametrize(
    ("arguments", "count", "option", "instead"),
    [
        ("-tp 8", 2, "-tp", "--tensor-parallel-size 2"),
        ("-tp 8", 3, "-tp", "--tensor-parallel-size 2"),
        ("-tp 2 -pp 4", 4, "-tp", "--tensor-parallel-size 2 --pipeline-parallel-size 2"),
        ("-pp 4", 3, "-pp", "--pipeline-parallel-size 3"),
        ("-tp 1 -pp 4", 3, "-pp", "--pipeline-parallel-size 3"),
    ],
)
def test_what_the_gpus_that_are_here_can_do_is_offered(arguments, count, option, instead):
    """A divisor of what was asked for: it divides the attention heads, which the number of GPUs need not."""
    found = outcome(CODE, arguments, facts={GPUS: tuple(gpu(index) for index in range(count))})
    assert found.problems[0].subject == option
    assert f"and {count} are here" in found.problems[0].message
    assert command(found) == f"vllm serve model {instead}"


def test_without_a_gpu_no_number_of_them_is_offered():
    (problem,) = outcome(CODE, "-tp 2", facts={GPUS: ()}).problems
    assert problem.message.endswith("none is here")
    assert problem.remedies == ()


def test_as_many_as_there_are():
    assert outcome(CODE, "-tp 2", facts={GPUS: (gpu(), gpu(1))}).verdict is Verdict.HEALTHY


def test_several_nodes_are_not_judged():
    assert outcome(CODE, "-tp 8 --distributed-executor-backend ray").verdict is Verdict.NOT_APPLICABLE
    assert outcome(CODE, "-tp 8 --nnodes 2").verdict is Verdict.NOT_APPLICABLE


def test_a_command_for_one_gpu_needs_none_counted():
    assert outcome(CODE, "-tp 1", facts={GPUS: ()}).verdict is Verdict.NOT_APPLICABLE
