"""One node that reported several times."""

from __future__ import annotations

import dataclasses

import pytest

from doctor.core.fleet.node import HOST
from doctor.core.report import Verdict
from tests.facts import absent, host, known, unknown
from tests.fleets import arrive, judge, nodes, outcome_of


def test_two_reports_of_one_node():
    (finding,) = outcome_of("FLT003", [*nodes({}, {}), arrive("alias", 1, facts={HOST: host("node1")})]).findings
    assert finding.nodes == (0, 2)
    assert "alias, node1" in finding.problem.message


def test_two_files_of_one_name_are_two_nodes_in_the_report():
    """Nothing is lost where one node is reported from two folders."""
    report = judge([arrive("node1"), arrive("node1")], "FLT003")
    assert [node.name for node in report.nodes] == ["node1", "node1#2"]
    assert report.outcomes[0].findings[0].nodes == (0, 1)


def test_nodes_that_the_launcher_tells_apart_may_share_a_machine():
    two = [dataclasses.replace(arrive("node1"), key=key) for key in ("a1", "b2")]
    assert outcome_of("FLT003", two).verdict is Verdict.HEALTHY


def test_containers_on_one_machine_are_nodes_of_their_own():
    two = nodes(*({HOST: host("pod", container_id=known(name))} for name in ("c1", "c2")))
    assert outcome_of("FLT003", two).verdict is Verdict.HEALTHY


def test_nodes_whose_boot_is_not_known_may_be_two():
    """A boot id tells one machine from another of the same name."""
    two = nodes(*({HOST: host("pod", boot_id=unknown())} for _ in range(2)))
    outcome = outcome_of("FLT003", two)
    assert outcome.findings == ()
    assert outcome.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(("keys", "found"), [(("a1", "a1"), True), (("a1", ""), True), (("a1", "b2"), False)])
def test_nodes_that_the_launcher_does_not_tell_apart(keys, found):
    two = [dataclasses.replace(arrive("node1"), key=key) for key in keys]
    assert bool(outcome_of("FLT003", two).findings) is found


def test_one_node_is_compared_with_none_and_one_of_which_nothing_is_told_hides_no_other():
    assert outcome_of("FLT003", nodes({})).verdict is Verdict.NOT_APPLICABLE
    for hidden in ({HOST: absent()}, {HOST: host("pod", boot_id=unknown())}):
        three = [arrive("a", 3, facts=hidden), *nodes({}), arrive("alias", 1, facts={HOST: host("node1")})]
        assert [finding.nodes for finding in outcome_of("FLT003", three).findings] == [(1, 2)]


def test_two_nodes_of_which_nothing_is_told_are_not_one():
    assert outcome_of("FLT003", nodes({HOST: absent()}, {HOST: absent()})).findings == ()
