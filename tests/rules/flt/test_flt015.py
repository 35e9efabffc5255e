"""Addresses of nodes."""

from __future__ import annotations

from doctor.core.fleet.node import HOST, INTERFACES
from doctor.core.machine.system import VARIABLES
from doctor.core.report import Verdict
from tests.facts import absent, host, interface
from tests.fleets import nodes, outcome_of


def test_a_value_that_a_template_gave_to_all():
    """It is the first node's: on the others no interface has it."""
    outcome = outcome_of("FLT015", nodes(*[{VARIABLES: {"VLLM_HOST_IP": "10.0.0.2"}}] * 3))
    shared, foreign = outcome.findings
    assert (shared.problem.subject, shared.nodes) == ("one address, several nodes", (0, 1, 2))
    assert (foreign.problem.subject, foreign.nodes) == ("VLLM_HOST_IP", (1, 2))


def test_each_its_own():
    own = [{VARIABLES: {"VLLM_HOST_IP": f"10.0.0.{number}"}} for number in (2, 3)]
    assert outcome_of("FLT015", nodes(*own)).verdict is Verdict.HEALTHY


def test_nodes_whose_packets_leave_from_one_address():
    (finding,) = outcome_of("FLT015", nodes(*({HOST: host(name, "192.168.0.9")} for name in ("a", "b")))).findings
    assert finding.nodes == (0, 1)


def test_nodes_without_a_route_share_nothing():
    alone = [{HOST: host(name, route_address=absent("there is no route"))} for name in ("a", "b")]
    assert outcome_of("FLT015", nodes(*alone)).verdict is Verdict.HEALTHY


def test_a_name_in_place_of_an_address_is_on_no_interface():
    (finding,) = outcome_of("FLT015", nodes({VARIABLES: {"VLLM_HOST_IP": "node1"}}, {})).findings
    assert finding.problem.message == "VLLM_HOST_IP=node1 is on no interface of node1"


def test_two_spellings_of_one_address_are_the_same():
    own = {VARIABLES: {"VLLM_HOST_IP": "fd00:0:0::1"}, INTERFACES: (interface("eth0", "fd00::1"),)}
    assert outcome_of("FLT015", nodes(own, {})).verdict is Verdict.HEALTHY
