"""FLT004."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

from doctor.core.fleet.report import Finding, Share
from doctor.core.fleet.rule import FleetEnv, fleet_rule
from doctor.core.report import Cause, Remedy, Severity
from doctor.rules.flt.difference import by_hand, finding, tell

APART = timedelta(hours=1)
"""Reports of one run are minutes apart, also where ssh goes from host to host."""


@fleet_rule(severity=Severity.WARNING, cause=Cause.OTHER, since="0.1.0")
def reports_of_different_runs(fleet: FleetEnv) -> Iterator[Finding]:
    """The reports were taken in one run, by one doctor.

    ## What it checks
    The times of the snapshots must lie within an hour, and the versions of doctor that wrote them be the same.

    ## Why it matters
    A file that was left from last week says what the node was then. And what one version of doctor does not
    yet look at is not known of the nodes where that version ran.

    ## How to fix it
    Empty the folder of reports before each run, and take all snapshots with one file (`--bundle`).

    ## Sources
    - https://docs.vllm.ai/en/latest/serving/parallelism_scaling/ (what must be the same on all nodes)
    """
    fleet.several()
    times = {index: time for index in fleet.answered if (time := _time(fleet, index)) is not None}
    if times:
        newest = max(times.values())
        old = [index for index, time in times.items() if newest - time > APART]
        if old:
            hours = max((newest - times[index]) / APART for index in old)
            ago = f"{hours:.0f} hours" if hours >= 1.5 else "an hour"
            message = f"taken up to {ago} before the newest report: {fleet.name(*old)}"
            yield finding("old reports", message, tuple(old), _again())
    versions: dict[str, list[int]] = {}
    for index in fleet.answered:
        versions.setdefault(fleet.nodes[index].doctor_version, []).append(index)
    if len(versions) > 1:
        ordered = sorted(versions.items(), key=lambda item: -len(item[1]))
        shares = [Share(text=f"doctor {text}", nodes=tuple(nodes)) for text, nodes in ordered]
        message = f"the reports were written by different versions: {tell(fleet, shares)}"
        yield finding("versions of doctor", message, fleet.answered, _again(), shares=shares)


def _time(fleet: FleetEnv, index: int) -> datetime | None:
    text = fleet.nodes[index].taken_at
    try:
        time = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        fleet.gap(f"the time {text!r} of a report cannot be read", index)
        return None
    return time if time.tzinfo else time.replace(tzinfo=timezone.utc)


def _again() -> Remedy:
    return by_hand("Take all snapshots again in one run", ("doctor", "snapshot", "-o", "node.json"))
