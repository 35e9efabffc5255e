"""Other packages that differ."""

from __future__ import annotations

from doctor.core.distribution import DISTRIBUTIONS
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
