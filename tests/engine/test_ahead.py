"""What is judged ahead is what would be judged in the end."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

import pytest

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.artifact.model import MODEL
from doctor.core.fact import Reason, Source, SourceKind, Unknown
from doctor.core.interpreter import INTERPRETER, PLATFORM
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.reading import READING
from doctor.core.report import Report
from doctor.core.rule import Rule
from doctor.core.serve import SERVE
from doctor.core.snapshot import Key, Snapshot
from doctor.engine.ahead import Ahead
from doctor.engine.catalogue import select
from doctor.engine.complete import complete
from doctor.engine.judge import judge
from doctor.matrix.load import load_matrix
from tests.bases import base
from tests.facts import absent, known, snapshot, unknown

RULES, _ = select()
MATRIX = load_matrix()


def timeless(report: Report) -> Report:
    outcomes = tuple(dataclasses.replace(outcome, milliseconds=0.0) for outcome in report.outcomes)
    return dataclasses.replace(report, outcomes=outcomes)


def taken(snapshot: Snapshot, seed: int) -> Ahead:
    """All facts of a snapshot, one after the other."""
    names = list(snapshot.facts)
    random.Random(seed).shuffle(names)
    ahead = Ahead(RULES, MATRIX)
    for count in range(len(names) + 1):
        ahead.take(dataclasses.replace(snapshot, facts={name: snapshot.facts[name] for name in names[:count]}))
    return ahead


def test_the_order_in_which_facts_arrive_changes_nothing() -> None:
    snapshot = base("busy")
    at_once = timeless(judge(snapshot, MATRIX, RULES))
    for seed in range(2):
        ahead = taken(snapshot, seed)
        assert all(ahead.outcome(rule, snapshot) for rule in RULES if rule.code.startswith("PKG"))
        assert timeless(judge(snapshot, MATRIX, RULES, (), ahead.outcome)) == at_once


def test_a_fact_that_changes_is_judged_again() -> None:
    ahead = taken(base("busy"), 0)
    unread = Unknown(reason=Reason.FAILED, detail="", source=Source(kind=SourceKind.RUN, where="test"))
    for key in (DISTRIBUTIONS, TORCH_BUILD):
        snapshot = base("busy").replace(key, unread)
        at_once = timeless(judge(snapshot, MATRIX, RULES))
        assert timeless(judge(snapshot, MATRIX, RULES, (), ahead.outcome)) == at_once


def test_what_is_found_again_and_the_same_is_not_judged_again() -> None:
    """As the build of torch, which is completed anew from the same facts."""
    ahead, again = taken(base("busy"), 0), base("busy")
    again = dataclasses.replace(again, facts={name: dataclasses.replace(fact) for name, fact in again.facts.items()})
    again = complete(again, MATRIX)
    judged = [rule for rule in RULES if ahead.outcome(rule, base("busy"))]
    assert [rule for rule in RULES if ahead.outcome(rule, again)] == judged
    assert len(judged) > len(RULES) // 2


@pytest.mark.parametrize(
    ("reads", "facts", "judged"),
    [
        ((SERVE,), (SERVE, READING), True),
        ((SERVE,), (SERVE, MODEL), False),  # whether it was read from a text is not known
        ((TORCH_BUILD,), (TORCH_BUILD, READING), False),  # it may be completed from others
        ((TORCH_BUILD,), (TORCH_BUILD, READING, DISTRIBUTIONS, INTERPRETER, PLATFORM), True),
    ],
)
def test_a_rule_waits_for_what_its_outcome_rests_on(
    reads: tuple[Key[Any], ...], facts: tuple[Key[Any], ...], judged: bool
) -> None:
    rule = dataclasses.replace(RULES[0], reads=reads, load=lambda: lambda _: iter(()))
    there = snapshot({key: absent("none") for key in facts})
    ahead = Ahead([rule], MATRIX)
    ahead.take(there)
    assert bool(ahead.outcome(rule, there)) is judged


def test_nothing_is_judged_without_its_facts() -> None:
    snapshot = base("busy")
    ahead = Ahead(RULES, MATRIX)
    ahead.take(dataclasses.replace(snapshot, facts={}))
    assert [rule.code for rule in RULES if ahead.outcome(rule, snapshot)] == []


def test_a_file_is_imported_ahead_unless_its_first_fact_is_known_to_be_missing() -> None:
    imported = []

    def waits_for(first: Key[Any] | None, name: str) -> Rule:
        return dataclasses.replace(RULES[0], code=name, reads=(SERVE,), first=first, load=lambda: imported.append(name))

    facts = snapshot({DISTRIBUTIONS: known(()), MODEL: absent("no folder"), TORCH_BUILD: unknown()})
    firsts = {"any": None, "known": DISTRIBUTIONS, "absent": MODEL, "unknown": TORCH_BUILD, "to come": ADAPTERS}
    Ahead([waits_for(first, name) for name, first in firsts.items()], MATRIX).take(facts)
    assert imported == ["any", "known", "to come"]
