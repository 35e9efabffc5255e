"""GPUs that a command needs."""

from __future__ import annotations

import pytest

from doctor.core.gpu import GPUS
from doctor.core.report import Severity, Verdict
from doctor.intake.serve import parse_command
from tests.facts import gpu, unknown
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


def test_the_even_part_of_a_node():
    (finding,) = judge("-tp 8 -pp 2 --nnodes 2", EIGHT, SEVEN, EIGHT).findings
    assert finding.nodes == (1,)


def test_tensor_parallelism_over_the_network_is_a_warning():
    outcome = judge("-tp 16", EIGHT, EIGHT)
    assert [outcome.severity_of(finding) for finding in outcome.findings] == [Severity.WARNING]


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
