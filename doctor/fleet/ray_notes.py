"""What Ray itself tells of the cluster that was asked: beside the verdict, and no part of it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator

from doctor.fleet.ray_engine import RayFleet
from doctor.fleet.ray_records import Dead

DAY = 86_400.0
OF_RAY_ALONE = ("RAY_", "SPT_", "PYTHONBREAKPOINT")
"""Beginnings of variables that steer nothing but Ray."""


def notes(fleet: RayFleet) -> Iterator[str]:
    """One line each: versions and size, nodes that died within a day, and what Ray sets for its workers."""
    if fleet.versions:
        versions = f"Ray {fleet.versions.ray}, Python {fleet.versions.python}"
        gpus, cpus = (sum(node.gpus for node in fleet.nodes.values()), sum(node.cpus for node in fleet.nodes.values()))
        size = f"{len(fleet.nodes)} nodes alive with {cpus:g} CPUs and {gpus:g} GPUs"
        yield f"the cluster at {fleet.question.address} has {versions}; {size}"
    others = Counter(answer.python for answer in fleet.answers.values())
    for python, count in others.items():
        if fleet.versions and python != fleet.versions.python:
            yield f"on {count} of the nodes Ray runs with Python {python}"
    alive = {node.address for node in fleet.nodes.values()}
    for dead in fleet.dead:
        if time.time() - dead.ended_at < DAY and not dead.expected and dead.address not in alive:
            yield _death(dead)
    yield from _settings(fleet)


def _death(dead: Dead) -> str:
    minutes = max(0.0, time.time() - dead.ended_at) / 60
    ago = f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.0f} h"
    return f"Ray lists {dead.host} ({dead.address}) as dead since {ago}: {dead.detail or 'it gives no reason'}"


def _settings(fleet: RayFleet) -> Iterator[str]:
    """The variables that Ray's workers have and the nodes do not."""
    found = Counter(
        f"{name}={value}"
        for answer in fleet.answers.values()
        for name, value in answer.set_by.items()
        if not name.startswith(OF_RAY_ALONE)
    )
    if found:
        said = ", ".join(f"{setting} (on {count})" for setting, count in sorted(found.items()))
        yield f"Ray sets for its workers, and the nodes do not: {said}"
