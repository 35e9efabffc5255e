"""What the small values of core say of themselves."""

from __future__ import annotations

import signal

import pytest

from doctor.core.artifact.folder import Artifacts
from doctor.core.artifact.model import deep_not_asked_for, not_asked_for
from doctor.core.endtoend import EndToEnd, PhaseName
from doctor.core.fact import Absent, Reason, Source, SourceKind, Unknown, value_or
from doctor.core.fleet.members import Expectation, Node, NodeState
from doctor.core.fleet.trait import ABSENT, Cell, cell, cell_of
from doctor.core.machine.ladder import Ladder, Rung
from doctor.core.signals import signal_name
from doctor.core.snapshot import Key
from doctor.core.unnamed import facts_of_unnamed
from tests.facts import absent, known, snapshot, unknown


def test_a_value_for_display_stands_in_for_what_is_not_known() -> None:
    assert [value_or(fact, "?") for fact in (known("a"), absent(), unknown())] == ["a", "?", "?"]


def test_a_source_is_named_with_its_line_where_it_has_one() -> None:
    assert str(Source(kind=SourceKind.FILE, where="a.txt", line=3)) == f"{SourceKind.FILE.value} a.txt:3"
    assert str(Source(kind=SourceKind.FILE, where="a.txt")) == f"{SourceKind.FILE.value} a.txt"


def test_a_fact_that_no_probe_brought_is_unknown() -> None:
    fact = snapshot({}).get(Key("nothing", str, "a fact that no one looked for"))
    assert isinstance(fact, Unknown)
    assert (fact.reason, fact.source.where) == (Reason.NOT_RUN, "test")
    assert repr(snapshot({})) == "Snapshot('test', taken_at='2026-01-01T00:00:00+00:00', 0 facts)"


def test_a_phase_that_a_run_does_not_tell_of_is_unknown() -> None:
    found = EndToEnd(phases=(), seconds=1.0).finding(PhaseName.MERGE)
    assert isinstance(found, Unknown)


@pytest.mark.parametrize(
    ("number", "name"),
    [(signal.SIGKILL, "SIGKILL"), (signal.SIGSEGV, "SIGSEGV"), (40, "signal 40"), (200, "signal 200")],
)
def test_signals_by_name_and_those_without_one_by_number(number: int, name: str) -> None:
    assert signal_name(number) == name


def test_cells_of_a_table_of_nodes() -> None:
    cells = [cell(3), cell_of("gpus", known("H100")), cell_of("gpus", absent()), cell_of("gpus", unknown())]
    assert [str(item) for item in cells] == ["3", "H100", "not there", "unknown (gpus: the test says so (failed))"]
    assert [(item.known, item.unknown) for item in cells] == [
        (True, False),
        (True, False),
        (False, False),
        (False, True),
    ]
    assert cells[2] is ABSENT
    assert cells[0] == Cell("known", "3")


@pytest.mark.parametrize(
    ("expected", "stated"), [({}, False), ({"names": ("a",)}, True), ({"count": 0}, True), ({"count": 4}, True)]
)
def test_which_nodes_were_to_report_was_said_or_not(expected: dict[str, object], stated: bool) -> None:
    assert Expectation(**expected).stated is stated


@pytest.mark.parametrize(
    ("installed", "rungs", "as_wanted"),
    [
        ("2.4.0", (), True),
        ("2.4.0+cu121", (Rung(label="2.4.0", allowed=True, installed=True, wanted=True),), True),
        (
            "2.5.0",
            (Rung(label="2.4.0", allowed=True, wanted=True), Rung(label="2.5.0", allowed=None, installed=True)),
            False,
        ),
    ],
)
def test_a_set_has_what_is_installed_whatever_its_build(
    installed: str, rungs: tuple[Rung, ...], as_wanted: bool
) -> None:
    ladder = Ladder(package="torch", installed=installed, wanted="2.4.0", allowed="", fits=None, rungs=rungs)
    assert ladder.as_wanted is as_wanted


def test_nothing_is_examined_beside_the_environment() -> None:
    assert Artifacts().empty
    assert not Artifacts(adapters=("/a",)).empty


def test_what_nobody_asked_for_is_absent_and_says_how_to_ask() -> None:
    facts = {key.name: fact for key, fact in facts_of_unnamed()}
    assert facts["model"] == not_asked_for("--model")
    assert facts["weight_values"] == deep_not_asked_for()
    assert {name for name, fact in facts.items() if not isinstance(fact, Absent)} == {"folder_digests"}


@pytest.mark.parametrize(
    ("state", "answered", "silent"),
    [
        (NodeState.ANSWERED, True, False),
        (NodeState.UNREADABLE, False, False),
        (NodeState.PROBE_FAILED, False, True),
        (NodeState.MISSING, False, True),
    ],
)
def test_a_node_answers_is_silent_or_sends_what_cannot_be_read(state: NodeState, answered: bool, silent: bool) -> None:
    node = Node(name="node-1", state=state)
    assert (node.answered, node.silent) == (answered, silent)


def test_a_node_goes_by_all_names_that_it_has() -> None:
    node = Node(name="a", state=NodeState.ANSWERED, host="b", address="10.0.0.1")
    assert node.names() == ("a", "b", "10.0.0.1")
    assert Node(name="a", state=NodeState.ANSWERED).names() == ("a",)
