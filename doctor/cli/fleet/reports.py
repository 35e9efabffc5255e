"""Writing the verdict on a fleet to its destinations."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from doctor.cli.output import write
from doctor.cli.reports import Destination
from doctor.cli.terminal import look_of
from doctor.core.fleet.report import FleetReport
from doctor.core.report import Severity

if TYPE_CHECKING:
    # At run time only the formats that are asked for are imported.
    from doctor.fleet.merge import Terms
    from doctor.formats.fleet.rendering import FleetRendering

FLEET_FORMATS = ("text", "json", "junit", "markdown", "html")
"""Each is the module of its name in `doctor.formats.fleet`, with a function ``render(FleetRendering) -> str``."""


def write_fleet_reports(
    report: FleetReport,
    terms: Terms,
    places: tuple[Destination, ...],
    *,
    fail_on: Severity,
    colour: bool | None = None,
    quiet: bool = False,
    verbose: bool = False,
) -> None:
    """Write a report to its destinations, files first and standard output last: its reader may go away.

    Raises:
        OutputError: a file cannot be written. It is then as it was, and so is what comes after it.
    """
    from doctor.formats.fleet.rendering import FleetRendering
    from doctor.formats.rendering import Detail

    rendering = FleetRendering(
        report=report,
        fail_on=fail_on,
        rules={rule.code: rule for rule in (*terms.fleet_rules, *terms.rules)},
        detail=Detail(quiet=quiet, verbose=verbose),
    )
    for place in sorted(places, key=lambda place: not place.to_file):
        look = look_of(colour, to_file=place.to_file)
        write(_renderer(place.form)(replace(rendering, look=look)), place.path)


def _renderer(form: str) -> Callable[[FleetRendering], str]:
    render: Callable[[FleetRendering], str] = importlib.import_module(f"doctor.formats.fleet.{form}").render
    return render
