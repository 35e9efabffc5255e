"""What an error text says: the causes that explain it, in the order of certainty."""

from __future__ import annotations

from enum import Enum

from doctor.core.frozen import frozen
from doctor.core.report import Cause, Remedy, Severity


class Certainty(str, Enum):
    """How certain it is that a cause is behind a text, from the most to the least."""

    CONFIRMED = "confirmed"
    """The text says so, and the environment has what it takes."""
    LIKELY = "likely"
    """The text says so, and nothing is known of the environment that speaks for or against it."""
    POSSIBLE = "possible"
    """The text is one that several causes have."""
    DOUBTFUL = "doubtful"
    """The text says so, but what would show in the environment does not."""


@frozen
class Finding:
    """One cause of a text.

    `name` is that of the breakage. `line` is the line of the text in which it was found and
    `number` its 1-based number. `seen` is what the environment has of it (``vllm 0.9.2``, or the
    problem of a rule), `doubts` what speaks against it, `gaps` what is not known and would tell.
    """

    name: str
    cause: Cause
    severity: Severity
    certainty: Certainty
    reason: str
    line: str
    number: int
    remedies: tuple[Remedy, ...]
    sources: tuple[str, ...]
    seen: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()


@frozen
class Excluded:
    """A breakage whose words stand in the text and that cannot be in this environment, and why."""

    name: str
    line: str
    number: int
    reason: str


@frozen
class TextLine:
    """A line of a text with its 1-based number."""

    number: int
    text: str


@frozen
class Beside:
    """An error or a warning that the rule `code` has for the environment, whether or not it is behind the text."""

    code: str
    subject: str
    message: str
    cause: Cause
    severity: Severity


@frozen
class Diagnosis:
    """The causes of a text, the most certain first.

    `errors` are the lines that look like the error, the first ones first; `wrapped` says that
    all of them only tell that another process has failed, so that the cause stands elsewhere.
    `environment` are the errors and warnings of rules for the environment, the gravest first, and
    `notes` say what was made of it. Where nothing was found `wanted` says what would settle it.
    """

    findings: tuple[Finding, ...]
    excluded: tuple[Excluded, ...]
    errors: tuple[TextLine, ...]
    wrapped: bool
    environment: tuple[Beside, ...] = ()
    notes: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ()

    @property
    def led_by_environment(self) -> bool:
        """Whether an error of the environment says more than what was found in the text: that is merely possible."""
        certain = any(item.certainty in (Certainty.CONFIRMED, Certainty.LIKELY) for item in self.findings)
        return not certain and any(item.severity is Severity.ERROR for item in self.environment)
