"""A server's plan as a page: the memory of each GPU as a bar, what fits, and the command with its reasons."""

from __future__ import annotations

from doctor.core.serving import ServingPlan
from doctor.formats.capacity import tell_capacity
from doctor.formats.templating import write_page


def render(plan: ServingPlan) -> str:
    """Write a plan as HTML.

    Raises:
        DoctorError: jinja2 is not installed.
    """
    return write_page("plan.html", plan=plan, capacity=tell_capacity(plan) if plan.capacity else ())
