"""GPUs that differ."""

from __future__ import annotations

import dataclasses

from doctor.core.machine.gpu import GPUS
from doctor.core.report import Verdict
from tests.facts import gpu, unknown
from tests.fleets import nodes, outcome_of


def with_gpus(*gpus):
    return {GPUS: gpus}


def test_a_gpu_that_has_fallen_out():
    whole = with_gpus(*(gpu(index) for index in range(8)))
    (finding,) = outcome_of("FLT012", nodes(whole, whole, with_gpus(*(gpu(index) for index in range(7))))).findings
    assert finding.problem.subject == "the count of the GPUs"
    assert [share.text for share in finding.shares] == ["8", "7"]


def test_another_model():
    findings = outcome_of(
        "FLT012", nodes(with_gpus(gpu()), with_gpus(gpu()), with_gpus(gpu(name="NVIDIA L4")))
    ).findings
    assert [finding.problem.subject for finding in findings] == ["the model of the GPUs"]


def test_nodes_of_two_roles_may_have_other_gpus():
    first, second = nodes(with_gpus(gpu()), with_gpus(gpu(name="NVIDIA L4")))
    roles = [dataclasses.replace(first, role="prefill"), dataclasses.replace(second, role="decode")]
    assert outcome_of("FLT012", roles).verdict is Verdict.HEALTHY


def test_a_model_that_could_not_be_read_is_undetermined():
    broken = with_gpus(gpu(name="x"), gpu(1, name="y"))
    changed = {GPUS: (broken[GPUS][0], dataclasses.replace(broken[GPUS][1], name=unknown()))}
    outcome = outcome_of("FLT012", nodes(broken, changed))
    assert outcome.verdict is Verdict.UNKNOWN
