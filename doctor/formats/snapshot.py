"""Snapshots as JSON, with the standard library alone: the probe that travels writes them too."""

from __future__ import annotations

from doctor.core.snapshot import Snapshot


def render_snapshot(snapshot: Snapshot) -> str:
    """Write a snapshot as JSON in ASCII: paths that are not UTF-8 survive, and no control reaches a terminal."""
    return snapshot.to_json()
