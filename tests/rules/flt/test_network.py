"""What is read of a node's network, through the rules that compare it."""

from __future__ import annotations

import pytest

from doctor.core.fleet.node import HOST, INTERFACES
from doctor.core.machine.system import VARIABLES
from doctor.core.report import Verdict
from tests.facts import absent, host, interface, known
from tests.fleets import nodes, outcome_of

LOOPBACK = interface("lo", "127.0.0.1", "::1")


@pytest.mark.parametrize("code", ["FLT015", "FLT016", "FLT017"])
def test_a_node_without_variables_is_judged(code: str):
    found = outcome_of(code, nodes({VARIABLES: absent()}, {VARIABLES: absent()}))
    assert found.findings == ()
    assert found.verdict is (Verdict.NOT_APPLICABLE if code == "FLT017" else Verdict.HEALTHY)


@pytest.mark.parametrize(
    ("address", "own"),
    [("fe80::1%eth0", True), ("fe80:0::1", True), ("fe80::2%eth0", False), ("10.0.0.1", False), ("eth0", False)],
)
def test_an_address_that_is_set_is_one_of_the_node(address: str, own: bool):
    facts = {VARIABLES: {"VLLM_HOST_IP": address}, INTERFACES: (LOOPBACK, interface("eth0", "fe80::1", "none"))}
    assert (outcome_of("FLT015", nodes(facts, {})).verdict is Verdict.HEALTHY) is own


@pytest.mark.parametrize(
    ("addresses", "verdict"),
    [
        (("fe80::1%eth0",), Verdict.HEALTHY),
        (("127.0.0.1", "fe80::1"), Verdict.HEALTHY),
        (("127.0.0.1",), Verdict.PROBLEM),
        (("::1",), Verdict.PROBLEM),
        (("fe80::2", "none"), Verdict.PROBLEM),
        ((), Verdict.PROBLEM),
    ],
)
def test_a_name_leads_to_an_address_of_the_node(addresses: tuple[str, ...], verdict: Verdict):
    """The loopback is one that an interface has, and of no use to the others."""
    facts = {
        HOST: host("node1", resolves_to=known(addresses)),
        INTERFACES: (LOOPBACK, interface("eth0", "fe80::1", "none")),
    }
    assert outcome_of("FLT016", nodes(facts, {})).verdict is verdict


def test_what_an_interface_lacks_is_told():
    listed = (
        interface("a0", up=False),
        interface("a1", "10.0.0.1", up=False),
        interface("a2"),
        interface("a3", "10.0.0.2"),
        LOOPBACK,
    )
    (finding,) = outcome_of(
        "FLT017", nodes({VARIABLES: {"NCCL_SOCKET_IFNAME": "ib"}, INTERFACES: listed}, {})
    ).findings[:1]
    assert finding.shares[0].text == "it has a0 down, a1 down, a2 without address, a3 up, lo loopback"
