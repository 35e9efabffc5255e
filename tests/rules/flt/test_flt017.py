"""Interfaces that variables name."""

from __future__ import annotations

import dataclasses

import pytest

from doctor.core.fleet.node import INTERFACES
from doctor.core.machine.system import VARIABLES
from doctor.core.report import Severity, Verdict
from doctor.rules.flt.interfaces import chosen
from doctor.rules.flt.network import GLOO, NCCL
from tests.facts import absent, interface, unknown
from tests.fleets import nodes, outcome_of

LISTED = {"lo": "loopback", "eth0": "up", "eth1": "down", "ib0": "up", "docker0": "without address"}


@pytest.mark.parametrize(
    ("variable", "value", "names"),
    [
        (NCCL, "eth", ["eth0"]),
        (NCCL, "=eth", []),
        (NCCL, "=eth0,ib0", ["eth0", "ib0"]),
        (NCCL, "^lo,docker", ["eth0", "ib0"]),
        (NCCL, "^=eth0", ["ib0"]),
        (NCCL, "^eth,ib", []),
        (NCCL, "lo", ["lo"]),
        (NCCL, " ib , ,", ["ib0"]),
        (NCCL, "^,eth", ["ib0"]),
        (NCCL, "docker", []),
        (GLOO, "eth", []),
        (GLOO, "eth0,ib0", ["eth0", "ib0"]),
        (GLOO, "eth1", []),
    ],
)
def test_values_are_read_as_each_library_reads_them(variable, value, names):
    assert chosen(variable, value, LISTED) == names


OTHER_CARD = {INTERFACES: (interface("lo", "127.0.0.1"), interface("ens5", "10.0.0.3"))}


def test_a_card_that_is_called_otherwise_on_one_node():
    wrong = {**OTHER_CARD, VARIABLES: {"GLOO_SOCKET_IFNAME": "eth0"}}
    outcome = outcome_of("FLT017", nodes({VARIABLES: {"GLOO_SOCKET_IFNAME": "eth0"}}, wrong))
    (finding,) = outcome.findings
    assert (finding.nodes, outcome.severity_of(finding)) == ((1,), Severity.ERROR)
    assert finding.shares[0].text == "it has ens5 up, lo loopback"


@pytest.mark.parametrize(("role", "severity"), [("head", Severity.ERROR), ("", Severity.WARNING)])
def test_a_node_without_a_value_gets_the_one_of_the_head(role, severity):
    """Where no head is known, any node may be the one that vLLM is started on."""
    first, second = nodes({VARIABLES: {"NCCL_SOCKET_IFNAME": "eth0"}}, OTHER_CARD)
    outcome = outcome_of("FLT017", [dataclasses.replace(first, role=role), second])
    (finding,) = outcome.findings
    assert (finding.nodes, outcome.severity_of(finding)) == ((1,), severity)


def test_a_worker_does_not_hand_on_what_it_has():
    head, worker = nodes(
        {VARIABLES: {"NCCL_SOCKET_IFNAME": "eth"}}, {VARIABLES: {"NCCL_SOCKET_IFNAME": "ens"}, **OTHER_CARD}
    )
    assert outcome_of("FLT017", [dataclasses.replace(head, role="head"), worker]).verdict is Verdict.HEALTHY


def test_a_node_with_a_value_of_its_own_is_judged_by_that():
    head = {VARIABLES: {"NCCL_SOCKET_IFNAME": "eth0"}}
    other = {
        INTERFACES: (interface("ens5", "10.0.0.3"),),
        VARIABLES: {"NCCL_SOCKET_IFNAME": "ens"},
    }
    assert outcome_of("FLT017", nodes(head, other)).verdict is Verdict.HEALTHY


def test_without_such_variables_it_does_not_apply():
    assert outcome_of("FLT017", nodes({}, {})).verdict is Verdict.NOT_APPLICABLE


def test_what_a_worker_has_is_not_handed_on_where_the_head_has_its_own():
    first, *others = nodes(
        {VARIABLES: {"NCCL_SOCKET_IFNAME": "eth"}}, {VARIABLES: {"NCCL_SOCKET_IFNAME": "^ib"}}, {INTERFACES: ()}
    )
    (finding,) = outcome_of("FLT017", [dataclasses.replace(first, role="head"), *others]).findings
    assert finding.problem.message.startswith("NCCL_SOCKET_IFNAME=eth, which the head node has and would hand on")
    assert finding.shares[0].text == "it has no interface"


def test_a_head_that_reads_as_the_workers_do_is_one_all_the_same():
    same = {VARIABLES: {"NCCL_SOCKET_IFNAME": "eth"}, INTERFACES: (interface("eth0", "10.0.0.1"),)}
    first, *others = nodes(same, same, OTHER_CARD)
    outcome = outcome_of("FLT017", [dataclasses.replace(first, role="head"), *others])
    assert [outcome.severity_of(finding) for finding in outcome.findings] == [Severity.ERROR]
    (finding,) = outcome_of("FLT017", [first, *others]).findings
    assert "which another node has" in finding.problem.message


def test_nodes_of_which_nothing_is_known():
    unread = outcome_of("FLT017", nodes({}, {INTERFACES: unknown()}))
    assert (unread.verdict, unread.reasons) == (Verdict.UNKNOWN, ()), "what one node sets is not known"
    assert outcome_of("FLT017", nodes({}, {INTERFACES: absent()})).verdict is Verdict.NOT_APPLICABLE
