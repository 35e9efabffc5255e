"""Making findings of spreads: who has what, who is to be mended, and with what."""

from __future__ import annotations

from collections.abc import Sequence

from doctor.core.fleet.report import Finding, Indexes, Share
from doctor.core.fleet.rule import FleetEnv, Spread
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity

SHOWN = 3
"""Values that a sentence names; the finding holds them all."""


def difference(
    fleet: FleetEnv,
    spread: Spread,
    subject: str,
    *remedies: Remedy,
    severity: Severity | None = None,
    cause: Cause | None = None,
) -> Finding:
    """The finding that nodes do not have the same; those to be mended are the ones off the majority."""
    message = f"{subject} is not the same everywhere: {tell(fleet, spread.as_shares())}"
    if spread.majority is None:
        message += "; no value has a majority, so that nothing tells which is right"
    return Finding(
        problem=Problem(subject=subject, message=message, remedies=remedies, severity=severity, cause=cause),
        nodes=spread.outliers,
        shares=spread.as_shares(),
    )


def finding(
    subject: str,
    message: str,
    nodes: Indexes,
    *remedies: Remedy,
    shares: Sequence[Share] = (),
    severity: Severity | None = None,
    cause: Cause | None = None,
) -> Finding:
    """A finding about nodes, whatever it is."""
    problem = Problem(subject=subject, message=message, remedies=remedies, severity=severity, cause=cause)
    return Finding(problem=problem, nodes=tuple(sorted(nodes)), shares=tuple(shares))


def tell(fleet: FleetEnv, shares: Sequence[Share]) -> str:
    """Who has what, in one sentence: ``2.7.1 on node[1-38], 2.6.0 on node[39,40]``."""
    told = [f"{share.text} on {_who(fleet, share.nodes)}" for share in shares[:SHOWN]]
    more = len(shares) - SHOWN
    return ", ".join(told) + (f", and {more} more" if more > 0 else "")


def _who(fleet: FleetEnv, nodes: Indexes) -> str:
    """Few nodes by name; of most of a fleet it is enough to know how many."""
    if len(nodes) > 2 * SHOWN and 2 * len(nodes) > len(fleet.answered):
        return f"{len(nodes)} nodes"
    names = fleet.name(*nodes)
    return names if len(nodes) < SHOWN else f"{names} ({len(nodes)} nodes)"


def by_hand(text: str, *commands: tuple[str, ...]) -> Remedy:
    """What only a person can do, with commands that help."""
    return Remedy(text=text, commands=commands, safety=Safety.MANUAL)


def install(fleet: FleetEnv, spreads: Sequence[Spread]) -> Remedy:
    """Installing on the nodes that are off what the majority has; where there is none, one image or lock file."""
    pins = [
        f"{spread.item}=={spread.majority.text}"
        for spread in spreads
        if spread.majority is not None and spread.majority.known
    ]
    if not pins:
        return by_hand("Start all nodes from one image, or install one lock file on each of them", SYNC)
    where = sorted({index for spread in spreads for index in spread.outliers})
    return Remedy(
        text=f"Install on {fleet.name(*where)} what most nodes have, or start all from one image",
        commands=(("python", "-m", "pip", "install", *pins),),
        pins=tuple(pins),
    )


SYNC = ("uv", "pip", "sync", "pylock.toml")
"""Makes an environment what a lock file says, and nothing more."""
