"""What a rule that compares nodes is shown of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from doctor.core.fleet.members import HEAD, WORKER, Node, NodeState
from doctor.core.fleet.rule import FleetEnv
from doctor.core.fleet.trait import ABSENT, Cell, Reading, Trait, cell
from doctor.core.report import Verdict
from doctor.core.rule import NotApplicableError
from tests.facts import EMPTY_MATRIX, judge

TRAIT = Trait(name="packages", keys=(), read=lambda env: iter(()))
UNREADABLE = Cell("unknown", "no permission")


def view(*readings: Reading, roles: tuple[str, ...] = (), gpus: tuple[bool, ...] = ()) -> FleetEnv:
    """A fleet of one node for each reading."""
    nodes = tuple(
        Node(
            name=f"n{number}",
            state=NodeState.ANSWERED,
            role=roles[number] if roles else WORKER,
            has_gpu=gpus[number] if gpus else True,
        )
        for number in range(len(readings))
    )
    columns: dict[Reading, tuple[int, ...]] = {}
    for number, reading in enumerate(readings):
        columns[reading] = (*columns.get(reading, ()), number)
    return FleetEnv(nodes=nodes, columns={TRAIT.name: columns}, matrix=EMPTY_MATRIX)


def having(**values: str | Cell) -> Reading:
    return Reading(
        items=tuple((name, cell(value) if isinstance(value, str) else value) for name, value in values.items())
    )


def test_nodes_that_differ_from_most() -> None:
    [spread] = view(having(vllm="1"), having(vllm="2"), having(vllm="1")).spreads(TRAIT)
    assert (spread.differs, spread.majority, spread.outliers, spread.nodes) == (True, cell("1"), (1,), (0, 1, 2))
    assert [(share.text, share.nodes) for share in spread.as_shares()] == [("1", (0, 2)), ("2", (1,))]


def test_of_two_nodes_neither_is_the_majority() -> None:
    [spread] = view(having(vllm="1"), having()).spreads(TRAIT)
    assert (spread.majority, spread.outliers) == (None, (0, 1))


def test_what_a_node_does_not_tell_is_a_gap_and_not_a_difference() -> None:
    env = view(having(vllm="1"), having(vllm=UNREADABLE), having(vllm="1"), Reading(whole=UNREADABLE))
    [spread] = env.spreads(TRAIT)
    assert (spread.differs, spread.nodes) == (False, (0, 2))
    assert env.gaps == {"no permission": {1, 3}}


def test_what_all_nodes_do_not_tell_is_no_item() -> None:
    env = view(having(vllm=UNREADABLE), having(vllm=UNREADABLE))
    assert list(env.spreads(TRAIT)) == []
    assert env.gaps == {"no permission": {0, 1}}


def test_a_head_node_that_only_coordinates_may_do_without() -> None:
    roles, gpus = (HEAD, WORKER, WORKER), (False, True, True)
    env = view(having(), having(vllm="1"), having(vllm="2"), roles=roles, gpus=gpus)
    assert [spread.nodes for spread in env.spreads(TRAIT)] == [(1, 2)]
    assert env.workers((0, 1, 2)) == (1, 2)
    other = view(having(vllm="0"), having(vllm="1"), having(vllm="1"), roles=roles, gpus=gpus)
    assert [spread.nodes for spread in other.spreads(TRAIT)] == [(0, 1, 2)]
    assert [spread.nodes for spread in other.spreads(TRAIT, within_roles=True)] == [(0,), (1, 2)]


def test_a_head_node_that_works_too_is_compared() -> None:
    env = view(having(), having(vllm="1"), roles=(HEAD, WORKER))
    [spread] = env.spreads(TRAIT)
    assert dict(spread.shares) == {ABSENT: (0,), cell("1"): (1,)}


@pytest.mark.parametrize(
    ("readings", "said"),
    [((having(vllm="1"),), "there is one node"), ((having(), having()), "no node has any: packages")],
)
def test_nothing_to_compare(readings: tuple[Reading, ...], said: str) -> None:
    found: Iterator[object] = view(*readings).spreads(TRAIT)
    with pytest.raises(NotApplicableError, match=said):
        list(found)


def test_over_a_single_snapshot_such_a_rule_is_not_applicable() -> None:
    outcome = judge("FLT001", {})
    assert (outcome.verdict, outcome.problems) == (Verdict.NOT_APPLICABLE, ())
    assert "doctor fleet check" in outcome.reasons[0]
