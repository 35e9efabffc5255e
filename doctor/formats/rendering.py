"""What a format is given: one report, and what is known around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from doctor.core.frozen import frozen
from doctor.core.machine.ladder import Ladders
from doctor.core.report import Correction, Report, Severity
from doctor.core.rule import Rule
from doctor.core.serving import ServingPlan
from doctor.core.snapshot import Snapshot
from doctor.formats.look import Look
from doctor.formats.stack import Stack


@frozen
class Detail:
    """How much a text tells: `quiet` only problems and the summary, `verbose` every outcome."""

    quiet: bool = False
    verbose: bool = False


@frozen
class Rendering:
    """A report with its head and its rules.

    `rules` maps the codes of the outcomes to their rules; `fail_on` is the least severity that
    makes the exit code 1; `why` says how the target was chosen; `look` and `detail` are how a
    text is written. `ladders`, `plan` and, where there is none, `no_plan` (why) are for the pictures, and
    made for the formats that show them. `correction` is the command line of `--serve` with all that its rules ask for,
    where more than one of them does.
    """

    report: Report
    stack: Stack
    snapshot: Snapshot
    fail_on: Severity
    rules: Mapping[str, Rule] = field(default_factory=dict)
    why: str = ""
    look: Look = field(default_factory=Look)
    detail: Detail = field(default_factory=Detail)
    ladders: Ladders | None = None
    plan: ServingPlan | None = None
    no_plan: str = ""
    correction: Correction | None = None

    @property
    def exit_code(self) -> int:
        """What the process ends with."""
        return self.report.exit_code(self.fail_on)
