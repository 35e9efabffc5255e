"""GPUs that a command needs."""

from __future__ import annotations

import pytest

from doctor.core.machine.gpu import GPUS
from doctor.core.report import Severity, Verdict
from doctor.intake.serve import parse_command
from tests.facts import absent, gpu, unknown
from tests.fleets import arrive, nodes, outcome_of

EIGHT = {GPUS: tuple(gpu(index) for index in range(8))}
SEVEN = {GPUS: tuple(gpu(index) for index in range(7))}


def judge(options: str, *fleet, **terms):
    command = parse_command(f"vllm serve model {options}")
    return outcome_of("FLT018", nodes(*fleet), serve=command, **terms)


@pytest.mark.parametrize(
    "options", ["-tp 8", "-tp 8 -pp 2", "--tensor-parallel-size 8 --pipeline-parallel-size 2 --nnodes 2"]
)
def test_what_fits(options):
    assert judge(options, EIGHT, EIGHT).verdict is Verdict.HEALTHY


def test_more_than_all_nodes_have():
    (finding,) = judge("-tp 8 -pp 2", EIGHT, SEVEN).findings
    assert "needs 16 GPUs, and the fleet has 15: 8 GPUs on node1, 7 GPUs on node2" in finding.problem.message
    assert command_of(finding) == "vllm serve model --tensor-parallel-size 8"


def test_the_even_part_of_a_node():
    (finding,) = judge("-tp 8 -pp 2 --nnodes 2", EIGHT, SEVEN, EIGHT).findings
    assert finding.nodes == (1,)
    assert command_of(finding) == "vllm serve model --tensor-parallel-size 8 --nnodes 2"


def test_tensor_parallelism_over_the_network_is_a_warning():
    outcome = judge("-tp 16", SEVEN, EIGHT, EIGHT)
    (finding,) = outcome.findings
    assert outcome.severity_of(finding) is Severity.WARNING
    assert "none has more than 8 GPUs" in finding.problem.message
    assert command_of(finding) == "vllm serve model --tensor-parallel-size 8 --pipeline-parallel-size 2"
    (finding,) = judge("-tp 16 -pp 2", EIGHT, EIGHT, EIGHT, EIGHT).findings
    assert command_of(finding) == "vllm serve model --tensor-parallel-size 8 --pipeline-parallel-size 4"


@pytest.mark.parametrize(
    ("options", "instead"),
    [
        ("-tp 6", "vllm serve model --tensor-parallel-size 3"),
        ("-tp 5", "vllm serve model --pipeline-parallel-size 4"),
        ("-tp 2 -pp 4", "vllm serve model --tensor-parallel-size 2 --pipeline-parallel-size 2"),
    ],
)
def test_sizes_that_the_gpus_can_do_are_offered(options, instead):
    """A divisor of what was asked for, since that divides the attention heads."""
    (finding,) = judge(options, {GPUS: (gpu(), gpu(1), gpu(2))}, {GPUS: (gpu(),)}).findings
    assert "3 GPUs on node1, 1 GPU on node2" in finding.problem.message
    assert command_of(finding) == instead


def test_without_a_gpu_nodes_are_to_be_added():
    none = {GPUS: absent("there is none")}
    (finding,) = judge("-tp 2", none, none).findings
    assert "and the fleet has 0: 0 GPUs on node[1-2]" in finding.problem.message
    assert finding.problem.remedies[0].commands == ()


def test_a_command_for_one_gpu_and_one_node():
    assert judge("--nnodes 1 -tp 8", EIGHT, SEVEN).verdict is Verdict.HEALTHY
    assert judge("", EIGHT, SEVEN).verdict is Verdict.HEALTHY
    assert judge("-tp 8", EIGHT, {GPUS: absent()}).verdict is Verdict.HEALTHY


def test_most_nodes_are_named_first():
    (finding,) = judge("-tp 32", SEVEN, EIGHT, EIGHT).findings
    assert [share.text for share in finding.shares] == ["8 GPUs", "7 GPUs"]


def command_of(finding):
    return " ".join(finding.problem.remedies[0].commands[0])


def test_the_gpus_of_a_head_that_has_none_are_not_missed():
    head = arrive("head", 9, of="sound_cpu", role="head")
    command = parse_command("vllm serve model -tp 8")
    outcome = outcome_of("FLT018", [*nodes(EIGHT), head], serve=command)
    assert outcome.verdict is Verdict.HEALTHY


def test_without_a_command_it_does_not_apply():
    assert outcome_of("FLT018", nodes(EIGHT, EIGHT)).verdict is Verdict.NOT_APPLICABLE


def test_gpus_that_could_not_be_counted_leave_the_sum_open():
    outcome = judge("-tp 16", EIGHT, {GPUS: unknown()})
    assert outcome.findings == ()
    assert outcome.verdict is Verdict.UNKNOWN
