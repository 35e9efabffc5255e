"""What holds for every rule that compares nodes, those included that are not written yet."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any

import pytest

from doctor.core.errors import TargetError
from doctor.core.fact import Known
from doctor.core.fleet.members import Arrival, NodeState, Reference
from doctor.core.fleet.node import FOLDER_DIGESTS, FolderContent, FolderDigest
from doctor.core.fleet.report import FleetReport
from doctor.core.machine.system import VARIABLES
from doctor.core.report import Safety, Severity, Verdict
from doctor.core.serve import ServeCommand
from doctor.core.snapshot import Key
from doctor.engine.catalogue import fleet_codes
from doctor.fleet.merge import Terms, judge_fleet
from doctor.fleet.reading import read_trait
from doctor.intake.serve import parse_command
from tests import nested
from tests.facts import EMPTY_MATRIX, known, unknown
from tests.fleets import Facts, arrive, expect, judge, rule, snapshot_of, written
from tests.rules.flt.broken import fleet_with_every_fault

every_rule = pytest.mark.parametrize("code", fleet_codes())

NAMES = ("node1", "node2", "node3")
FULL: Facts = {
    VARIABLES: {"NCCL_SOCKET_IFNAME": "eth0", "GLOO_SOCKET_IFNAME": "eth0", "NCCL_DEBUG": "INFO"},
    FOLDER_DIGESTS: (
        FolderDigest(role="model", path="/models/m", content=known(FolderContent(sha256="a" * 64, files=()))),
    ),
}
"""What makes each rule apply to a node."""


@cache
def command() -> ServeCommand:
    return parse_command("vllm serve /models/m --tensor-parallel-size 1")


def terms() -> dict[str, Any]:
    reference = Reference(name="pylock.toml", pins={"vllm": "0.5.5", "torch": "2.4.0"})
    return {"expectation": expect(*NAMES), "serve": command(), "reference": reference}


def fleet(**changes: Arrival) -> list[Arrival]:
    """Three nodes that are alike, with some of them replaced."""
    return [changes.get(name, sound) for name, sound in zip(NAMES, sound_nodes(), strict=True)]


@cache
def sound_nodes() -> tuple[Arrival, ...]:
    return tuple(arrive(name, number, facts=FULL) for number, name in enumerate(NAMES, start=1))


def changed(name: str, facts: Facts) -> list[Arrival]:
    number = NAMES.index(name) + 1
    return fleet(**{name: arrive(name, number, facts={**FULL, **facts})})


def only(report: FleetReport, code: str):
    (outcome,) = (item for item in report.outcomes if item.code == code)
    return outcome


class TestASoundFleet:
    @every_rule
    def test_is_judged_and_healthy(self, code: str) -> None:
        """Or the laws below could not fail for this rule."""
        outcome = only(judge(fleet(), code, **terms()), code)
        assert outcome.verdict is Verdict.HEALTHY, (outcome.findings, outcome.gaps, outcome.reasons)
        assert outcome.judged == 3

    def test_ends_with_0(self) -> None:
        report = judge(fleet(), **terms())
        assert (report.verdict(), report.exit_code(Severity.INFO)) == (Verdict.HEALTHY, 0)


class TestUnknownIsNeverHealthy:
    @every_rule
    @pytest.mark.parametrize("name", ["node1", "node3"])
    def test_without_a_fact_of_one_node(self, code: str, name: str) -> None:
        """A node of which a fact is taken is named among those that could not be compared."""
        for key in rule(code).reads:
            outcome = only(judge(changed(name, {key: unknown()}), code, **terms()), code)
            assert outcome.verdict is not Verdict.HEALTHY, key.name
            assert any(NAMES.index(name) in gap.nodes for gap in outcome.gaps), key.name

    @every_rule
    def test_without_a_fact_inside_a_fact(self, code: str) -> None:
        """The same for each fact inside a value that a trait of the rule reads: the version of NCCL, a hash."""
        whole = snapshot_of("node2", 2, facts=FULL)
        for trait in rule(code).traits:
            for key in trait.keys:
                for snapshot in self.variants(whole, key):
                    if read_trait(trait, snapshot, EMPTY_MATRIX) != read_trait(trait, whole, EMPTY_MATRIX):
                        arrival = Arrival(node="node2", content=written(snapshot))
                        outcome = only(judge(fleet(node2=arrival), code, **terms()), code)
                        assert outcome.verdict is not Verdict.HEALTHY, key.name

    @every_rule
    def test_with_no_fact_at_all(self, code: str) -> None:
        if rule(code).reads:
            empty = [
                dataclasses.replace(arrive(name, number), content=self.bare(name))
                for number, name in enumerate(NAMES, start=1)
            ]
            outcome = only(judge(empty, code, **terms()), code)
            assert outcome.verdict is Verdict.UNKNOWN
            assert {index for gap in outcome.gaps for index in gap.nodes} == {0, 1, 2}

    @staticmethod
    def bare(name: str) -> bytes:
        return written(dataclasses.replace(snapshot_of(name), facts={}))

    @staticmethod
    def variants(whole, key: Key[Any]):
        fact = whole.get(key)
        if isinstance(fact, Known):
            for path in nested.paths(fact.value, (key.name,)):
                value = nested.remove(fact.value, (key.name,), path)
                yield whole.replace(key, dataclasses.replace(fact, value=value))


class TestSilenceIsNeverHealthy:
    @pytest.mark.parametrize("state", [state for state in NodeState if state is not NodeState.ANSWERED])
    def test_a_node_that_did_not_answer(self, state: NodeState) -> None:
        gone = Arrival(node="node2", state=state, detail="gone")
        report = judge(fleet(node2=gone), **terms())
        assert report.exit_code(Severity.ERROR) == 1
        assert report.verdict() is Verdict.PROBLEM

    @every_rule
    @pytest.mark.parametrize("state", [NodeState.LOST, NodeState.UNREADABLE])
    def test_not_even_where_its_rule_is_not_selected(self, code: str, state: NodeState) -> None:
        report = judge(fleet(node2=Arrival(node="node2", state=state)), code, **terms())
        assert report.exit_code(Severity.ERROR) in (1, 3)
        assert report.verdict() is not Verdict.HEALTHY

    def test_a_report_cut_short(self) -> None:
        whole = fleet()[1]
        report = judge(fleet(node2=dataclasses.replace(whole, content=whole.content[:5000])), **terms())
        assert report.nodes[1].state is NodeState.UNREADABLE
        assert report.exit_code(Severity.ERROR) == 1

    def test_no_node_at_all(self) -> None:
        with pytest.raises(TargetError, match="no report"):
            judge([], **{**terms(), "expectation": expect()})
        assert judge([], **terms()).exit_code(Severity.ERROR) == 1
        assert judge([], "FLT006", **terms()).exit_code(Severity.ERROR) == 3

    def test_fewer_than_were_counted(self) -> None:
        report = judge(fleet(), **{**terms(), "expectation": expect(count=4)})
        assert report.exit_code(Severity.ERROR) == 1


class TestWhateverARuleDoes:
    def test_an_exception_is_undetermined_and_named(self) -> None:
        def burst(env):
            yield from ()
            raise ZeroDivisionError("burst")

        broken = dataclasses.replace(rule("FLT006"), compare=burst)
        report = judge_fleet(fleet(), Terms(rules=(), fleet_rules=(broken,), matrix=EMPTY_MATRIX))
        assert report.exit_code(Severity.ERROR) == 3
        assert "ZeroDivisionError: burst" in report.outcomes[0].gaps[0].reason

    def test_an_exception_in_a_reader_is_a_gap_of_its_node(self) -> None:
        def read(env):
            yield from ()
            raise ValueError("unread")

        trait = dataclasses.replace(rule("FLT006").traits[0], read=read)
        broken = dataclasses.replace(rule("FLT006"), traits=(trait,))
        report = judge_fleet(fleet(), Terms(rules=(), fleet_rules=(broken,), matrix=EMPTY_MATRIX))
        assert report.outcomes[0].gaps[0].nodes == (0, 1, 2)
        assert "unread" in report.outcomes[0].gaps[0].reason

    @every_rule
    def test_every_finding_says_what_to_do(self, code: str) -> None:
        for finding in broken_everywhere(code):
            assert finding.problem.message and finding.problem.subject and finding.problem.remedies
            for remedy in finding.problem.remedies:
                assert remedy.text
                assert remedy.commands or remedy.safety is Safety.MANUAL
                assert all(command and all(command) for command in remedy.commands)


def broken_everywhere(code: str):
    arrivals, given = fleet_with_every_fault()
    findings = only(judge(arrivals, code, **given), code).findings
    assert findings, f"{code} is not met by the fleet with every fault"
    return findings
