"""Nodes against a lock file or a set."""

from __future__ import annotations

from doctor.core.fleet.members import Reference
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Verdict
from tests.facts import distribution
from tests.fleets import arrive, nodes, outcome_of

LOCK = Reference(name="pylock.toml", pins={"torch": "2.7.1", "vllm": "0.10.0"})


def with_packages(**versions: str):
    return {DISTRIBUTIONS: tuple(distribution(name, version) for name, version in versions.items())}


def test_a_fleet_that_has_moved_as_a_whole():
    moved = with_packages(vllm="0.11.0", torch="2.7.1")
    (finding,) = outcome_of("FLT021", nodes(moved, moved), reference=LOCK).findings
    assert finding.problem.message == "pylock.toml has vllm 0.10.0, and it is 0.11.0 on node[1-2]"
    assert finding.nodes == (0, 1)
    (remedy,) = finding.problem.remedies
    assert remedy.pins == ("vllm==0.10.0",)
    assert remedy.commands == (("python", "-m", "pip", "install", "vllm==0.10.0"),)
    older = with_packages(vllm="0.9.0", torch="2.7.1")
    (finding,) = outcome_of("FLT021", nodes(older, moved, moved), reference=LOCK).findings
    assert [share.text for share in finding.shares] == ["0.11.0", "0.9.0"]


def test_a_pin_without_label_is_met_by_any_build():
    built = with_packages(vllm="0.10.0", torch="2.7.1+cu126")
    assert outcome_of("FLT021", nodes(built), reference=LOCK).verdict is Verdict.HEALTHY
    labelled = Reference(name="lock", pins={"torch": "2.7.1+cu128"})
    assert outcome_of("FLT021", nodes(built), reference=labelled).findings
    same = Reference(name="lock", pins={"torch": "2.7.1+cu126"})
    assert outcome_of("FLT021", nodes(built), reference=same).verdict is Verdict.HEALTHY


def test_a_pin_that_is_not_there():
    (finding,) = outcome_of("FLT021", nodes(with_packages(vllm="0.10.0")), reference=LOCK).findings
    assert (finding.problem.subject, finding.shares[0].text) == ("torch", "not there")


def test_a_worker_with_nothing_of_it_is_told_once_and_a_head_not_at_all():
    good = with_packages(vllm="0.10.0", torch="2.7.1")
    head = arrive("head", 9, facts=with_packages(pip="24.0"), of="sound_cpu", role="head")
    empty = arrive("node9", 8, facts=with_packages(pip="24.0"))
    (finding,) = outcome_of("FLT021", [*nodes(good), empty, head], reference=LOCK).findings
    assert finding.nodes == (1,)


def test_without_a_reference_it_does_not_apply():
    assert outcome_of("FLT021", nodes({}, {})).verdict is Verdict.NOT_APPLICABLE
