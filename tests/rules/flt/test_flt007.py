"""Engines that differ."""

from __future__ import annotations

from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Verdict
from tests.facts import distribution
from tests.fleets import arrive, nodes, outcome_of


def with_packages(**versions: str):
    return {DISTRIBUTIONS: tuple(distribution(name, version) for name, version in versions.items())}


def test_each_package_is_told_with_all_that_the_same_nodes_need():
    old = with_packages(vllm="0.9.0", torch="2.7.0", numpy="1.0")
    new = with_packages(vllm="0.10.0", torch="2.7.1", numpy="2.0")
    findings = outcome_of("FLT007", nodes(new, old, new, new)).findings
    assert [finding.problem.subject for finding in findings] == ["torch", "vllm"]
    assert {finding.nodes for finding in findings} == {(1,)}
    assert findings[0].problem.remedies[0].pins == ("torch==2.7.1", "vllm==0.10.0")


def test_a_package_that_one_node_lacks():
    (finding,) = outcome_of("FLT007", nodes(*[with_packages(ray="2.60.0", a="1")] * 2, with_packages(a="1"))).findings
    assert [share.text for share in finding.shares] == ["2.60.0", "not there"]
    assert finding.nodes == (2,)


def test_the_label_of_a_build_counts():
    assert outcome_of("FLT007", nodes(with_packages(torch="2.7.1+cu126"), with_packages(torch="2.7.1+cu128"))).findings


def test_a_head_without_gpu_may_do_without_the_engine_but_not_with_another():
    workers = nodes(*[with_packages(vllm="0.10.0", ray="2.60.0")] * 2)
    bare = arrive("head", 9, facts=with_packages(ray="2.60.0"), of="sound_cpu", role="head")
    other = arrive("head", 9, facts=with_packages(ray="2.59.0"), of="sound_cpu", role="head")
    assert outcome_of("FLT007", [*workers, bare]).verdict is Verdict.HEALTHY
    (finding,) = outcome_of("FLT007", [*workers, other]).findings
    assert (finding.problem.subject, finding.nodes) == ("ray", (2,))


def test_a_head_with_a_gpu_serves_and_must_have_it_too():
    workers = nodes(*[with_packages(vllm="0.10.0", ray="2.60.0")] * 2)
    head = arrive("head", 9, facts=with_packages(ray="2.60.0"), role="head")
    (finding,) = outcome_of("FLT007", [*workers, head]).findings
    assert (finding.problem.subject, finding.nodes) == ("vllm", (2,))


def test_a_distribution_that_another_hides_does_not_count():
    hidden = {DISTRIBUTIONS: (distribution("torch", "2.7.1"), distribution("torch", "2.0.0", shadowed=True))}
    assert outcome_of("FLT007", nodes(with_packages(torch="2.7.1"), hidden)).verdict is Verdict.HEALTHY


def test_what_other_nodes_lack_is_not_installed_here():
    both, old_torch = with_packages(vllm="0.10.0", torch="2.7.1"), with_packages(vllm="0.10.0", torch="2.7.0")
    findings = outcome_of(
        "FLT007", nodes(both, both, both, old_torch, with_packages(vllm="0.9", torch="2.7.1"))
    ).findings
    assert [finding.problem.remedies[0].pins for finding in findings] == [("torch==2.7.1",), ("vllm==0.10.0",)]
