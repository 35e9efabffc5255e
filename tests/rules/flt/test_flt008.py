"""Other packages that differ."""

from __future__ import annotations

import pytest

from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Verdict
from tests.facts import distribution
from tests.fleets import nodes, outcome_of


def with_packages(**versions: str):
    return {DISTRIBUTIONS: tuple(distribution(name, version) for name, version in versions.items())}


def test_what_differs_between_the_same_nodes_is_one_finding():
    old = with_packages(**{f"package{number}": "1.0" for number in range(40)}, single="1")
    new = with_packages(**{f"package{number}": "2.0" for number in range(40)}, single="1")
    (finding,) = outcome_of("FLT008", nodes(new, new, old)).findings
    assert finding.problem.subject == "40 packages"
    assert finding.nodes == (2,)
    assert len(finding.problem.remedies[0].pins) == 40


@pytest.mark.parametrize(("count", "more"), [(5, ""), (6, " and 1 more")])
def test_five_packages_are_named(count, more):
    old, new = (with_packages(**{f"p{number}": text for number in range(count)}) for text in ("1", "2"))
    (finding,) = outcome_of("FLT008", nodes(new, new, old)).findings
    assert finding.problem.message.startswith(f"p0, p1, p2, p3, p4{more} differ between the same nodes; p0: 2 on")


def test_what_differs_most_comes_first():
    base = {"left": "1", "right": "1", "other": "1"}
    changes = ({}, {}, {}, {"left": "2"}, {"right": "2", "other": "2"})
    findings = outcome_of("FLT008", nodes(*(with_packages(**{**base, **change}) for change in changes))).findings
    assert [finding.problem.subject for finding in findings] == ["2 packages", "left"]


def test_what_differs_elsewhere_is_another():
    base = {"left": "1", "right": "1"}
    findings = outcome_of(
        "FLT008",
        nodes(
            with_packages(**base),
            with_packages(**base),
            with_packages(**{**base, "left": "2"}),
            with_packages(**{**base, "right": "2"}),
        ),
    ).findings
    assert {(finding.problem.subject, finding.nodes) for finding in findings} == {("left", (2,)), ("right", (3,))}


def test_the_engine_is_left_to_its_own_rule():
    assert outcome_of("FLT008", nodes(with_packages(vllm="1"), with_packages(vllm="2"))).verdict is Verdict.HEALTHY


def test_without_a_majority_one_image_is_advised():
    (finding,) = outcome_of("FLT008", nodes(with_packages(numpy="1"), with_packages(numpy="2"))).findings
    assert finding.problem.remedies[0].pins == ()
