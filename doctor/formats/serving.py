"""A server's plan as JSON: the fields of `doctor.core.serving`, sizes in bytes, and the command line."""

from __future__ import annotations

from doctor.core.serving import ServingPlan
from doctor.core.snapshot import to_json
from doctor.formats.clean import quote
from doctor.formats.json import dump


def render(plan: ServingPlan) -> str:
    """Write a plan as JSON."""
    served = {"command": list(plan.command), "shell": quote(plan.command)} if plan.capacity else {}
    return dump({"schema": "doctor-plan", "schema_version": 1, **to_json(plan), **served})
