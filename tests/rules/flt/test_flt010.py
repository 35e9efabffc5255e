"""Builds of NCCL that differ."""

from __future__ import annotations

import dataclasses

from doctor.core.fleet.node import COMMUNICATION_LIBRARY
from doctor.core.report import Severity, Verdict
from tests.facts import nccl, unknown
from tests.fleets import nodes, outcome_of


def libraries(*libraries_):
    return nodes(*({COMMUNICATION_LIBRARY: item} for item in libraries_))


def test_two_builds_of_one_version_are_told_apart_by_their_hashes():
    outcome = outcome_of("FLT010", libraries(nccl(), nccl(), nccl(sha256="b" * 64)))
    (finding,) = outcome.findings
    assert outcome.severity_of(finding) is Severity.ERROR
    assert finding.problem.subject == "the file of NCCL"
    assert finding.nodes == (2,)


def test_the_way_that_the_loader_takes_is_a_warning():
    outcome = outcome_of("FLT010", libraries(nccl(), nccl(found_by="LD_LIBRARY_PATH")))
    assert [outcome.severity_of(finding) for finding in outcome.findings] == [Severity.WARNING]


def test_a_hash_that_could_not_be_taken_is_undetermined_for_its_node():
    outcome = outcome_of("FLT010", libraries(nccl(), dataclasses.replace(nccl(), sha256=unknown())))
    assert outcome.verdict is Verdict.UNKNOWN
    assert [gap.nodes for gap in outcome.gaps] == [(1,)]
