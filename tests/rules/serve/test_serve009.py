from __future__ import annotations

from doctor.core.gpu import GPUS
from doctor.core.report import Verdict
from tests.facts import gpu
from tests.rules.serve.commands import outcome, problems

CODE = "SERVE009"


def test_more_than_there_are():
    assert problems(CODE, "-tp 4 -pp 2") == ["the command needs 8 GPUs, and 1 are here"]


def test_as_many_as_there_are():
    assert outcome(CODE, "-tp 2", facts={GPUS: (gpu(), gpu(1))}).verdict is Verdict.HEALTHY


def test_several_nodes_are_not_judged():
    assert outcome(CODE, "-tp 8 --distributed-executor-backend ray").verdict is Verdict.NOT_APPLICABLE
    assert outcome(CODE, "-tp 8 --nnodes 2").verdict is Verdict.NOT_APPLICABLE


def test_a_command_for_one_gpu_needs_none_counted():
    assert outcome(CODE, "-tp 1", facts={GPUS: ()}).verdict is Verdict.NOT_APPLICABLE
