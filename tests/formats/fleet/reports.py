"""Reports on fleets, made by hand: a healthy one, a broken one, one that could not be judged, and a large one."""

from __future__ import annotations

from typing import Any

from doctor.core.fleet.members import Expectation, Node, NodeState
from doctor.core.fleet.report import Finding, FleetOutcome, FleetReport, Gap, Indexes, Share
from doctor.core.fleet.trait import ABSENT, Cell, Reading
from doctor.core.report import Cause, Problem, Remedy, Severity
from doctor.engine.catalogue import load
from doctor.formats.fleet.rendering import FleetRendering

FIX = Remedy(text="Install what most have", commands=(("pip", "install", "torch<2.5"),))


def node(number: int, state: NodeState = NodeState.ANSWERED, detail: str = "") -> Node:
    return Node(name=f"node{number}", state=state, detail=detail, taken_at="2026-01-01T00:00:00+00:00")


def outcome(code: str, *findings: Finding, gaps: tuple[Gap, ...] = (), judged: int = 3, **changes: Any) -> FleetOutcome:
    rule = load(code)
    given = {
        "name": rule.name,
        "topic": rule.topic,
        "title": rule.title,
        "severity": rule.severity,
        "cause": rule.cause,
        **changes,
    }
    return FleetOutcome(code=code, judged=judged, findings=findings, gaps=gaps, **given)


def finding(subject: str, nodes: Indexes, *shares: Share, message: str = "", **changes: Any) -> Finding:
    problem = Problem(subject=subject, message=message or f"{subject} differs", remedies=(FIX,), **changes)
    return Finding(problem=problem, nodes=nodes, shares=shares)


def reading(**cells: str) -> Reading:
    named = {"-": ABSENT, "?": Cell("unknown", "it timed out")}
    return Reading(tuple((name, named.get(text, Cell("known", text))) for name, text in sorted(cells.items())))


def report(nodes: tuple[Node, ...], *outcomes: FleetOutcome, **changes: Any) -> FleetReport:
    return FleetReport(
        nodes=nodes,
        outcomes=outcomes,
        judged_at="2026-01-01T00:00:00+00:00",
        doctor_version="0",
        matrix_version="1",
        **changes,
    )


def rendering(judged: FleetReport, fail_on: Severity = Severity.ERROR, **changes: Any) -> FleetRendering:
    rules = {item.code: load(item.code) for item in judged.outcomes}
    return FleetRendering(report=judged, fail_on=fail_on, rules=rules, **changes)


THREE = tuple(node(number) for number in (1, 2, 3))
TORCH = (Share(text="2.7.1", nodes=(0, 1)), Share(text="2.6.0", nodes=(2,)))
READINGS = {"packages": {reading(torch="2.7.1", vllm="0.10.0"): (0, 1), reading(torch="2.6.0", vllm="0.10.0"): (2,)}}

HEALTHY = report(THREE, outcome("FLT007"), outcome("FLT021", judged=0, reasons=("not asked for",)))
BROKEN = report(
    (*THREE, node(4, NodeState.LOST, "its heartbeat\x1b[31m stopped")),
    outcome("FLT001", finding("node lost", (3,))),
    outcome("FLT007", finding("torch", (2,), *TORCH)),
    outcome("FLT020", finding("locked memory", (0, 1, 2), cause=Cause.NCCL)),
    outcome("GPU012", gaps=(Gap(reason="gpus: refused (no-permission)", nodes=(1,)),), judged=2),
    readings=READINGS,
    expectation=Expectation(count=4),
)
UNDETERMINED = report(THREE, outcome("FLT020", gaps=(Gap(reason="limits: refused", nodes=(0, 2)),), judged=1))
KINDS = {"healthy": HEALTHY, "broken": BROKEN, "undetermined": UNDETERMINED}


def large(count: int) -> FleetReport:
    """Nodes of which every fifteenth has another torch, every fortieth no triton, and of which the last is lost."""
    nodes = tuple(node(number) for number in range(count - 1))
    found: dict[Reading, list[int]] = {}
    for index in range(count - 1):
        torch = "2.6.0" if index % 15 == 7 else "2.7.1"
        triton = "?" if index == 11 else "-" if index % 40 == 1 else "3.3.0"
        found.setdefault(reading(torch=torch, triton=triton, vllm="0.10.0"), []).append(index)
    off = tuple(range(7, count - 1, 15))
    return report(
        (*nodes, node(count - 1, NodeState.LOST, "gone")),
        outcome("FLT007", finding("torch", off, Share(text="2.6.0", nodes=off)), judged=count - 1),
        readings={"packages": {item: tuple(indexes) for item, indexes in found.items()}},
    )
