"""Builds of torch that differ."""

from __future__ import annotations

from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.report import Severity
from tests.facts import torch_build
from tests.fleets import nodes, outcome_of


def test_a_torch_for_the_cpu_among_torches_for_cuda():
    outcome = outcome_of("FLT009", nodes(*({TORCH_BUILD: torch_build(cuda=cuda)} for cuda in ("12.6", "12.6", ""))))
    (finding,) = outcome.findings
    assert outcome.severity_of(finding) is Severity.ERROR
    assert [share.text for share in finding.shares] == ["CUDA 12.6", "the CPU"]
    assert finding.nodes == (2,)


def test_another_commit_under_one_version_is_a_warning():
    outcome = outcome_of("FLT009", nodes(*({TORCH_BUILD: torch_build(git=git * 40)} for git in "aab")))
    assert [outcome.severity_of(finding) for finding in outcome.findings] == [Severity.WARNING]
