"""What the functions return: core's report with the snapshot that was judged, and a plan to mend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from doctor.cli.criteria import Criteria
from doctor.cli.examine import Examined
from doctor.cli.reports import FORMATS, renderer, rendering_of, with_pictures
from doctor.core.errors import ArgumentError
from doctor.core.frozen import frozen
from doctor.core.redaction import redact
from doctor.core.report import Report as _Report
from doctor.core.report import Severity
from doctor.core.rule import Rule
from doctor.core.snapshot import Snapshot
from doctor.formats.stack import summarise

if TYPE_CHECKING:
    from doctor.remedy.plan import Move, Plan


@frozen
class Report(_Report):
    """A report with the snapshot that was judged. A notebook shows it as a short list of what was found."""

    snapshot: Snapshot = field(compare=False)
    _examined: Examined = field(compare=False)
    _criteria: Criteria = field(compare=False)

    def __repr__(self) -> str:
        return f"Report({self.target!r}, {self.verdict().value}, {len(self.problems())} problems)"

    def __str__(self) -> str:
        return self.render()

    @property
    def healthy(self) -> bool:
        """Whether everything that was selected could be judged, and nothing is an error."""
        return self.exit_code(Severity.ERROR) == 0

    @property
    def rules(self) -> Mapping[str, Rule]:
        """The rules of the outcomes, by their codes."""
        return {rule.code: rule for rule in self._criteria.rules}

    @property
    def versions(self) -> dict[str, str]:
        """The installed versions of the packages that decide whether a stack works, by their names."""
        return dict(summarise(self.snapshot).versions)

    def render(self, form: str = "text", *, fail_on: Severity = Severity.ERROR) -> str:
        """Write it in one of the formats of ``doctor check --format``, as the command does: without secrets.

        Raises:
            ArgumentError: there is no such format.
            DoctorError: a library that the format needs is not installed.
        """
        if form not in FORMATS:
            raise ArgumentError(f"there is no format {form!r}", hint=f"there are {', '.join(FORMATS)}")
        rendering = rendering_of(self, self._examined, self._criteria, fail_on=fail_on)
        if form == "html":
            rendering = with_pictures(rendering, self._criteria.matrix)
        return redact(renderer(form)(rendering))

    def _repr_html_(self) -> str:
        """What a notebook shows (https://ipython.readthedocs.io/en/stable/config/integrating.html)."""
        from doctor.formats.notebook import render

        return redact(render(rendering_of(self, self._examined, self._criteria)))


@frozen
class FixPlan:
    """What `doctor fix` would do: the plan, what it moves, and both in words. Nothing of it was done."""

    plan: Plan
    moves: tuple[Move, ...]
    text: str

    def __str__(self) -> str:
        return self.text
