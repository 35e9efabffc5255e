"""FLT021."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fleet.report import Finding, Indexes, Share
from doctor.core.fleet.rule import FleetEnv, fleet_rule
from doctor.core.fleet.trait import ABSENT, Cell
from doctor.core.report import Cause, Remedy, Severity
from doctor.core.rule import NotApplicableError
from doctor.rules.flt.difference import finding, tell
from doctor.rules.flt.traits import PACKAGES


@fleet_rule(severity=Severity.ERROR, cause=Cause.OTHER, since="0.1.0", traits=(PACKAGES,))
def differs_from_reference(fleet: FleetEnv) -> Iterator[Finding]:
    """Every node has what the lock file or the known-good set pins.

    ## What it checks
    With `--lock FILE` or `--set NAME`: each pin is compared with what is installed on the nodes that have any
    package of it. A pin without a build label (`2.7.1`) is met by any build of that version.

    ## Why it matters
    That all nodes are alike does not make them right: a fleet may have moved as a whole.

    ## How to fix it
    Install the lock file on the nodes that differ.

    ## Sources
    - https://packaging.python.org/en/latest/specifications/pylock-toml/
    - `doctor matrix show NAME` prints a set with the runs that prove it.
    """
    if fleet.reference is None:
        raise NotApplicableError("not asked for: --lock FILE or --set NAME says what the nodes should have")
    rows = [(dict(reading.items), nodes) for reading, nodes in fleet.readings(PACKAGES)]
    concerned = [(cells, nodes) for cells, nodes in rows if not fleet.reference.pins.keys().isdisjoint(cells)]
    lacking = tuple(
        sorted(index for cells, nodes in rows for index in fleet.workers(nodes) if (cells, nodes) not in concerned)
    )
    if lacking:
        message = f"nothing of {fleet.reference.name} is installed on {fleet.name(*lacking)}"
        yield finding(fleet.reference.name, message, lacking, _install(fleet, lacking, *_pins(fleet)))
    for name, version in sorted(fleet.reference.pins.items()):
        off: dict[Cell, list[int]] = {}
        for cells, nodes in concerned:
            has = cells.get(name, ABSENT)
            if not _meets(has, version):
                off.setdefault(has, []).extend(nodes)
        if off:
            yield _finding(fleet, name, version, off)


def _finding(fleet: FleetEnv, name: str, version: str, off: dict[Cell, list[int]]) -> Finding:
    assert fleet.reference is not None
    nodes = tuple(sorted(index for members in off.values() for index in members))
    ordered = sorted(off.items(), key=lambda item: -len(item[1]))
    shares = [Share(text=str(has), nodes=tuple(sorted(members))) for has, members in ordered]
    message = f"{fleet.reference.name} has {name} {version}, and it is {tell(fleet, shares)}"
    return finding(name, message, nodes, _install(fleet, nodes, f"{name}=={version}"), shares=shares)


def _pins(fleet: FleetEnv) -> list[str]:
    assert fleet.reference is not None
    return [f"{name}=={version}" for name, version in sorted(fleet.reference.pins.items())]


def _install(fleet: FleetEnv, nodes: Indexes, *pins: str) -> Remedy:
    return Remedy(
        text=f"Install it on {fleet.name(*nodes)}", commands=(("python", "-m", "pip", "install", *pins),), pins=pins
    )


def _meets(has: Cell, version: str) -> bool:
    return version in (has.text, has.text.partition("+")[0])
