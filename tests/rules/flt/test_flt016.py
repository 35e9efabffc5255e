"""What a host name leads to."""

from __future__ import annotations

import pytest

from doctor.core.fleet.node import HOST
from doctor.core.machine.system import VARIABLES
from doctor.core.report import Verdict
from tests.facts import absent, host, known, unknown
from tests.fleets import nodes, outcome_of


@pytest.mark.parametrize(
    ("resolves", "said"),
    [
        (known(("127.0.1.1",)), "leads to the loopback (127.0.1.1)"),
        (known(("::1",)), "leads to the loopback (::1)"),
        (known(("127.0.1.1", "127.0.0.1")), "leads to the loopback (127.0.0.1, 127.0.1.1)"),
        (known(("no address",)), "leads to an address that no interface has"),
        (known(("172.16.9.9",)), "leads to an address that no interface has"),
        (absent("the name does not resolve"), "does not resolve"),
    ],
)
def test_a_name_that_others_cannot_reach(resolves, said):
    wrong = {HOST: host("node2", "10.0.0.3", resolves_to=resolves)}
    (finding,) = outcome_of("FLT016", nodes({}, wrong)).findings
    assert finding.nodes == (1,)
    assert said in finding.problem.message


def test_one_reachable_address_is_enough():
    both = {HOST: host("node2", "10.0.0.3", resolves_to=known(("127.0.1.1", "10.0.0.3")))}
    assert outcome_of("FLT016", nodes({}, both)).verdict is Verdict.HEALTHY


def test_gloo_does_not_ask_where_the_interface_is_named():
    wrong = {HOST: host("node2", resolves_to=known(("127.0.1.1",))), VARIABLES: {"GLOO_SOCKET_IFNAME": "eth0"}}
    assert outcome_of("FLT016", nodes({}, wrong)).verdict is Verdict.HEALTHY


def test_one_node_needs_no_name():
    wrong = {HOST: host("node1", resolves_to=known(("127.0.1.1",)))}
    assert outcome_of("FLT016", nodes(wrong)).verdict is Verdict.NOT_APPLICABLE


def test_nodes_of_which_that_is_not_known_are_not_told():
    for facts in ({HOST: host("node2", resolves_to=unknown())}, {HOST: absent()}):
        outcome = outcome_of("FLT016", nodes({}, facts))
        assert outcome.findings == ()
