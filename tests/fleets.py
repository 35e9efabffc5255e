"""Builders of fleets, so that a fleet rule's test is a few lines: nodes that are alike but for what is said."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from doctor.core.fact import Fact
from doctor.core.fleet.members import Arrival, Expectation, NodeState
from doctor.core.fleet.node import HOST, INTERFACES
from doctor.core.fleet.report import FleetOutcome, FleetReport
from doctor.core.fleet.rule import FleetRule
from doctor.core.matrix import Matrix
from doctor.core.snapshot import Key, Snapshot, to_json
from doctor.engine.catalogue import fleet_codes, load
from doctor.fleet.merge import Terms, judge_fleet
from tests.bases import base
from tests.facts import EMPTY_MATRIX, host, interface, known

Facts = Mapping[Key[Any], Any]


def snapshot_of(name: str, number: int = 1, *, facts: Facts | None = None, of: str = "sound_gpu") -> Snapshot:
    """A whole snapshot of a node with a name and an address of its own."""
    address = f"10.0.{number // 250}.{number % 250 + 1}"
    snapshot = base(of).replace(HOST, known(host(name, address)))
    snapshot = snapshot.replace(INTERFACES, known((interface("lo", "127.0.0.1"), interface("eth0", address))))
    for key, value in (facts or {}).items():
        snapshot = snapshot.replace(key, value if isinstance(value, Fact) else known(value))
    return snapshot


def arrive(name: str, number: int = 1, *, facts: Facts | None = None, of: str = "sound_gpu", **changes: Any) -> Arrival:
    """A report as a launcher brings it."""
    content = written(snapshot_of(name, number, facts=facts, of=of))
    return dataclasses.replace(Arrival(node=name, content=content), **changes)


def written(snapshot: Snapshot) -> bytes:
    """The JSON text of a snapshot on one line, which takes a tenth of the time of an indented one."""
    return json.dumps(to_json(snapshot)).encode()


def silent(name: str, state: NodeState, detail: str = "") -> Arrival:
    return Arrival(node=name, state=state, detail=detail)


def nodes(*facts: Facts, of: str = "sound_gpu") -> list[Arrival]:
    """One node for each of the given facts, called node1, node2, ..."""
    return [arrive(f"node{number}", number, facts=item, of=of) for number, item in enumerate(facts, start=1)]


@cache
def rule(code: str) -> FleetRule:
    found = load(code)
    assert isinstance(found, FleetRule)
    return found


def judge(arrivals: list[Arrival], *codes: str, matrix: Matrix = EMPTY_MATRIX, **terms: Any) -> FleetReport:
    """Judge a fleet by fleet rules only: those of the codes, all where none is given."""
    rules = tuple(rule(code) for code in codes or fleet_codes())
    return judge_fleet(arrivals, Terms(rules=(), fleet_rules=rules, matrix=matrix, **terms))


def outcome_of(code: str, arrivals: list[Arrival], **terms: Any) -> FleetOutcome:
    """What one rule concludes of a fleet."""
    (outcome,) = judge(arrivals, code, **terms).outcomes
    assert not any(gap.reason.startswith("the rule failed: ") for gap in outcome.gaps), outcome.gaps
    return outcome


def expect(*names: str, count: int | None = None) -> Expectation:
    return Expectation(names=names, count=count)
