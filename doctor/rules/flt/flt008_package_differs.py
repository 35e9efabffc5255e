"""FLT008."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fleet.report import Finding
from doctor.core.fleet.rule import FleetEnv, Spread, fleet_rule
from doctor.core.report import Cause, Severity
from doctor.rules.flt.difference import finding, install, tell
from doctor.rules.flt.engine import ENGINE
from doctor.rules.flt.traits import PACKAGES

NAMED = 5
"""Packages that a finding names; the heat map and `doctor fleet diff` show them all."""


@fleet_rule(severity=Severity.WARNING, cause=Cause.OTHER, since="0.1.0", traits=(PACKAGES,))
def package_differs(fleet: FleetEnv) -> Iterator[Finding]:
    """Every other installed package is the same on all nodes.

    ## What it checks
    The version of every distribution that FLT007 does not speak of. What differs between the same nodes is one
    finding, so that an environment of another day is told once and not a hundred times.

    ## Why it matters
    Environments that were resolved on different days are alike until a path is taken that is not: a tokenizer
    that splits otherwise, a serializer that does not know a field. vLLM asks for identical environments.

    ## How to fix it
    Install one lock file on all nodes (`uv pip sync pylock.toml`), or start all from one image.

    ## Sources
    - https://docs.vllm.ai/en/latest/serving/parallelism_scaling/ (the same environment on all nodes)
    - https://packaging.python.org/en/latest/specifications/pylock-toml/
    """
    groups: dict[tuple[tuple[int, ...], ...], list[Spread]] = {}
    for spread in fleet.spreads(PACKAGES):
        if spread.differs and spread.item not in ENGINE:
            groups.setdefault(tuple(nodes for _, nodes in spread.shares), []).append(spread)
    for alike in sorted(groups.values(), key=lambda spreads: -len(spreads)):
        yield _finding(fleet, alike)


def _finding(fleet: FleetEnv, alike: list[Spread]) -> Finding:
    first = alike[0]
    if len(alike) == 1:
        subject, message = first.item, f"{first.item} is not the same everywhere: {tell(fleet, first.as_shares())}"
    else:
        named = ", ".join(spread.item for spread in alike[:NAMED])
        more = f" and {len(alike) - NAMED} more" if len(alike) > NAMED else ""
        subject = f"{len(alike)} packages"
        message = f"{named}{more} differ between the same nodes; {first.item}: {tell(fleet, first.as_shares())}"
    return finding(subject, message, first.outliers, install(fleet, alike), shares=first.as_shares())
