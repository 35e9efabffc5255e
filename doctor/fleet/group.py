"""Making one finding of what many nodes have: equal problems, and those that differ in their numbers only."""

from __future__ import annotations

import re
from collections.abc import Mapping

from doctor.core.fleet.report import Finding, Share
from doctor.core.report import Problem

# Numbers, digests and UUIDs are what one fault differs in from node to node (free memory, a PID, a
# GPU's UUID). A version is more than a number: torch 2.7.1 and torch 2.6.0 are two faults.
_VARYING = re.compile(r"(?<![\w.])(?:GPU-[0-9a-f-]{36}|[0-9a-f]{12,}|\d+(?:[.,]\d+)?)(?![\w]|\.\d)")


def group(problems: Mapping[Problem, list[int]]) -> tuple[Finding, ...]:
    """Group problems of one rule with their nodes; the first of each group speaks for it.

    The sentences of a group stand in the finding's shares where there are several.
    """
    groups: dict[tuple[object, ...], list[tuple[Problem, list[int]]]] = {}
    for problem, nodes in problems.items():
        groups.setdefault(_likeness(problem), []).append((problem, nodes))
    return tuple(_finding(members) for members in groups.values())


def _likeness(problem: Problem) -> tuple[object, ...]:
    return problem.cause, problem.severity, _mask(problem.subject), _mask(problem.message)


def _mask(text: str) -> str:
    return _VARYING.sub("#", text)


def _finding(members: list[tuple[Problem, list[int]]]) -> Finding:
    nodes = tuple(sorted({index for _, indexes in members for index in indexes}))
    sentences: dict[str, set[int]] = {}
    for problem, indexes in members:
        sentences.setdefault(problem.message, set()).update(indexes)
    shares = tuple(Share(text=text, nodes=tuple(sorted(found))) for text, found in sentences.items())
    ordered = sorted(shares, key=lambda share: -len(share.nodes))
    return Finding(problem=members[0][0], nodes=nodes, shares=tuple(ordered) if len(shares) > 1 else ())
