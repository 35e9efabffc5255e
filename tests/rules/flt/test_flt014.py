"""Variables that differ."""

from __future__ import annotations

import dataclasses

from doctor.core.fleet.node import COPIED_VARIABLES, CopiedVariables
from doctor.core.machine.system import VARIABLES
from doctor.core.report import Severity, Verdict
from tests.facts import unknown
from tests.fleets import nodes, outcome_of

BY_PREFIX = CopiedVariables(everything=False, prefixes=("VLLM_", "NCCL_"), names=(), never=("VLLM_HOST_IP",))
EVERYTHING = CopiedVariables(everything=True, prefixes=(), names=(), never=("CUDA_VISIBLE_DEVICES",))


def with_variables(copied=None, **values: str):
    return {VARIABLES: values, **({COPIED_VARIABLES: copied} if copied else {})}


def test_a_variable_that_one_node_lacks():
    (finding,) = outcome_of("FLT014", nodes(*[with_variables(NCCL_IB_HCA="mlx5")] * 2, with_variables())).findings
    assert (finding.problem.subject, finding.nodes) == ("NCCL_IB_HCA", (2,))


def test_what_vllm_takes_along_need_not_be_set_elsewhere():
    outcome = outcome_of("FLT014", nodes(with_variables(BY_PREFIX, NCCL_DEBUG="INFO"), with_variables(BY_PREFIX)))
    assert outcome.verdict is Verdict.HEALTHY


def test_what_vllm_does_not_take_along_must_be_set_everywhere():
    outcome = outcome_of(
        "FLT014", nodes(with_variables(BY_PREFIX, GLOO_SOCKET_IFNAME="eth0"), with_variables(BY_PREFIX))
    )
    assert [finding.problem.subject for finding in outcome.findings] == ["GLOO_SOCKET_IFNAME"]


def test_two_values_of_what_is_taken_along_are_mentioned():
    outcome = outcome_of("FLT014", nodes(*(with_variables(EVERYTHING, NCCL_DEBUG=value) for value in ("INFO", "WARN"))))
    assert [outcome.severity_of(finding) for finding in outcome.findings] == [Severity.INFO]


def test_what_is_each_nodes_own_may_differ():
    own = [
        with_variables(VLLM_HOST_IP=f"10.0.0.{number}", HOME=f"/home/{number}", CUDA_VISIBLE_DEVICES=str(number))
        for number in (1, 2)
    ]
    assert outcome_of("FLT014", nodes(*own)).verdict is Verdict.NOT_APPLICABLE


def test_what_the_launcher_set_is_not_the_nodes_own():
    first, second = nodes(with_variables(OMP_NUM_THREADS="1", NCCL_DEBUG="INFO"), with_variables(NCCL_DEBUG="INFO"))
    ray = dataclasses.replace(first, set_by={"OMP_NUM_THREADS": "ray"})
    assert outcome_of("FLT014", [ray, second]).verdict is Verdict.HEALTHY
    assert outcome_of("FLT014", [first, second]).findings


def test_of_the_interpreters_variables_those_count_that_change_an_answer():
    one = with_variables(PYTHONHASHSEED="0", PYTHONUNBUFFERED="1")
    (finding,) = outcome_of("FLT014", nodes(one, one, with_variables())).findings
    assert finding.problem.subject == "PYTHONHASHSEED"


def test_one_node_and_variables_that_could_not_be_read():
    alone = outcome_of("FLT014", nodes(with_variables(NCCL_DEBUG="INFO")))
    assert (alone.verdict, alone.reasons) == (
        Verdict.NOT_APPLICABLE,
        ("there is one node: nothing to compare it with",),
    )
    unread = outcome_of("FLT014", nodes({VARIABLES: unknown()}, with_variables()))
    assert (unread.verdict, unread.reasons) == (Verdict.UNKNOWN, ()), "what one node sets is not known"
