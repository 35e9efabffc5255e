"""From a stream of arrivals to the verdict on a fleet."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from datetime import datetime, timezone
from typing import Any

from doctor import __version__
from doctor.core.errors import TargetError
from doctor.core.fact import Absent, Fact, Known, Source, SourceKind, Unknown
from doctor.core.fleet.members import HEAD, Arrival, Expectation, Node, NodeState, Reference
from doctor.core.fleet.report import FleetReport
from doctor.core.fleet.rule import FleetEnv, FleetRule
from doctor.core.fleet.trait import Trait
from doctor.core.frozen import frozen
from doctor.core.machine.gpu import DRIVER, GPUS, NVML, VISIBLE_DEVICES
from doctor.core.machine.system import VARIABLES
from doctor.core.matrix import Matrix
from doctor.core.rule import Rule
from doctor.core.serve import SERVE, ServeCommand
from doctor.core.serve import not_asked_for as no_command
from doctor.core.snapshot import Snapshot
from doctor.core.training import TRAINING, not_named
from doctor.fleet.compare import compare
from doctor.fleet.node_report import Decoder, NodeReport
from doctor.fleet.reading import Reader
from doctor.fleet.roll import Role, Roll
from doctor.fleet.tally import Tally

OF_GPUS = frozenset(key.name for key in (NVML, DRIVER, GPUS, VISIBLE_DEVICES))
"""Facts of GPUs: a head node without one is not judged by the rules that read them."""

DERIVED = b"derived"
"""Marks the digest of a fact that was changed after it was read."""


@frozen
class Terms:
    """What a fleet is judged by.

    `shown` are traits that no selected rule compares and that are to be shown all the same.
    """

    rules: tuple[Rule, ...]
    fleet_rules: tuple[FleetRule, ...]
    matrix: Matrix
    shown: tuple[Trait, ...] = ()
    not_selected: tuple[str, ...] = ()
    expectation: Expectation = dataclasses.field(default_factory=Expectation)
    reference: Reference | None = None
    roles: tuple[Role, ...] = ()
    serve: ServeCommand | None = None

    def traits(self) -> tuple[Trait, ...]:
        """Every trait that is read, each once."""
        found = {trait.name: trait for rule in self.fleet_rules for trait in rule.traits}
        return tuple({**found, **{trait.name: trait for trait in self.shown}}.values())


def judge_fleet(
    arrivals: Iterable[Arrival], terms: Terms, heard: Callable[[Node], None] = lambda node: None
) -> FleetReport:
    """Judge each node as it arrives, and then compare them; no snapshot is kept.

    `heard` is called with each node as soon as it is judged, for progress.

    Raises:
        TargetError: nothing arrived and nothing was expected, or a role names no node.
    """
    decoder, roll = Decoder(), Roll(terms.roles)
    tally, reader = Tally(terms.rules, terms.matrix), Reader(terms.traits(), terms.matrix)
    nodes: list[Node] = []
    for arrival in arrivals:
        report, unreadable = _decode(decoder, arrival)
        node = roll.node(arrival, report.snapshot if report else None, unreadable=unreadable)
        nodes.append(node)
        if report is not None:
            report = _prepared(report, arrival, terms.serve)
            tally.add(len(nodes) - 1, report, exempt=_exempt(node, report.snapshot))
            reader.add(len(nodes) - 1, report)
        heard(node)
    nodes += roll.missing(terms.expectation, nodes)
    if not nodes and not terms.expectation.stated:
        raise TargetError("there is no report: nothing could be judged", hint="--expect says what should be there")
    roll.check_roles(nodes)
    return _report(tuple(nodes), tally, reader, terms)


def _report(nodes: tuple[Node, ...], tally: Tally, reader: Reader, terms: Terms) -> FleetReport:
    columns = reader.columns()
    env = FleetEnv(
        nodes=nodes,
        columns=columns,
        matrix=terms.matrix,
        expectation=terms.expectation,
        reference=terms.reference,
        serve=terms.serve,
    )
    compared = tuple(compare(rule, env) for rule in terms.fleet_rules)
    return FleetReport(
        nodes=nodes,
        outcomes=(*compared, *tally.outcomes()),
        judged_at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        doctor_version=__version__,
        matrix_version=terms.matrix.version,
        expectation=terms.expectation,
        reference=terms.reference.name if terms.reference else "",
        not_selected=terms.not_selected,
        readings=columns,
    )


def _decode(decoder: Decoder, arrival: Arrival) -> tuple[NodeReport | None, str]:
    """The report, or why there is none though something came."""
    if arrival.state is not NodeState.ANSWERED:
        return None, ""
    try:
        return decoder.decode(arrival.content), ""
    except TargetError as error:
        return None, error.message


def _prepared(report: NodeReport, arrival: Arrival, serve: ServeCommand | None) -> NodeReport:
    """The report without what the launcher itself set, and with the command that is to be judged."""
    if arrival.set_by:
        report = _without_set(report, arrival)
    if serve is not None:
        source = Source(kind=SourceKind.CONFIG, where="--serve")
        report = _changed(report, SERVE.name, Known(value=serve, source=source), b"serve")
    elif not isinstance(report.snapshot.get(SERVE), Known):
        report = _changed(report, SERVE.name, no_command(), b"none")
    if not isinstance(report.snapshot.get(TRAINING), Known):
        report = _changed(report, TRAINING.name, not_named(), b"none")
    return report


def _without_set(report: NodeReport, arrival: Arrival) -> NodeReport:
    by = " and ".join(sorted(set(arrival.set_by.values())))
    fact = report.snapshot.get(VARIABLES)
    if isinstance(fact, Known):
        own = {name: value for name, value in fact.value.items() if name not in arrival.set_by}
        mark = report.digests.get(VARIABLES.name, b"") + ",".join(sorted(arrival.set_by)).encode()
        report = _changed(report, VARIABLES.name, dataclasses.replace(fact, value=own), mark)
    if "CUDA_VISIBLE_DEVICES" in arrival.set_by:
        source = Source(kind=SourceKind.ENV_VAR, where="CUDA_VISIBLE_DEVICES")
        unset: Fact[Any] = Absent(source=source, detail=f"set for the probe by {by}, not on the node")
        report = _changed(report, VISIBLE_DEVICES.name, unset, by.encode())
    return report


def _changed(report: NodeReport, name: str, fact: Fact[Any], mark: bytes) -> NodeReport:
    snapshot = dataclasses.replace(report.snapshot, facts={**report.snapshot.facts, name: fact})
    return NodeReport(snapshot=snapshot, digests={**report.digests, name: DERIVED + mark})


def _exempt(node: Node, snapshot: Snapshot) -> frozenset[str]:
    """The facts of GPUs, where a node coordinates and shows no GPU."""
    return (
        OF_GPUS
        if node.role == HEAD and not node.has_gpu and not isinstance(snapshot.get(NVML), Unknown)
        else frozenset()
    )
