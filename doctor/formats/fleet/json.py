"""The verdict on a fleet as JSON."""

from __future__ import annotations

import msgspec

from doctor.formats.fleet.rendering import FleetRendering
from doctor.formats.fleet.wire import fleet_report_of
from doctor.formats.json import dump


def render(rendering: FleetRendering) -> str:
    """Write a report on a fleet as JSON, in the form of `doctor.formats.fleet.wire`."""
    return dump(msgspec.to_builtins(fleet_report_of(rendering)))
