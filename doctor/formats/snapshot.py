"""Snapshots as JSON, with the standard library alone: the probe that travels writes them too."""

from __future__ import annotations

import json

from doctor.core.snapshot import Snapshot, to_json


def render_snapshot(snapshot: Snapshot) -> str:
    """Write a snapshot as JSON in ASCII: paths that are not UTF-8 survive, and no control reaches a terminal."""
    return json.dumps(to_json(snapshot), indent=2) + "\n"
