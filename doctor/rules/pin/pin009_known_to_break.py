"""PIN009."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from doctor.core.breakage import Breakage
from doctor.core.interpreter import INTERPRETER, PLATFORM
from doctor.core.machine.gpu import GPUS, VISIBLE_DEVICES
from doctor.core.machine.system import VARIABLES, VARIABLES_LISTED
from doctor.core.mend import remedy_of
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.packages.stack import refuses
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule, unstated_in
from doctor.rules.pin.circumstances import Meeting, meet


@rule(
    severity=Severity.ERROR,
    cause=Cause.OTHER,
    since="0.1.0",
    reads=(INTERPRETER, PLATFORM, DISTRIBUTIONS, VARIABLES, VARIABLES_LISTED, GPUS, VISIBLE_DEVICES),
)
def known_to_break(env: Env) -> Iterator[Problem]:
    """Nothing is installed that is known to break together on this machine.

    ## What it checks
    The breakages of the matrix whose circumstances bring them about: versions of one or of
    several packages, the Python, the C library, the GPU, environment variables. What the installed metadata
    itself refuses is left to PKG001, two partners in a table of versions to PIN006, packages of
    strangers to PKG016. `doctor explain --breakages` lists all of them.

    ## Why it matters
    These environments were installed without a word and failed later, for somebody who wrote
    down how: the error is known, and so is what mends it.

    ## How to fix it
    Do what the problem says; `doctor explain NAME` says where it is known from.

    ## Sources
    - The breakages of the matrix, each with its own sources.
    - https://github.com/vllm-project/vllm/issues
    """
    markers = env.need(INTERPRETER).markers
    rows = [row for row in env.matrix.breakages if row.predictable and not row.supply_chain]
    if not rows:
        raise NotApplicableError("the matrix knows no breakages")
    for row in rows:
        meeting = _meeting(row, env)
        if meeting.met is None:
            for gap in meeting.gaps:
                # What nobody states is missing to all alike; anything else is told with what it leaves open.
                env.gap(gap if unstated_in(gap) else f"{row.name}: {gap}")
        elif meeting.met and not _is_refused(meeting.packages, markers):
            env.cite(f"breakage {row.name}")
            yield _problem(row, meeting, env)


def _meeting(row: Breakage, env: Env) -> Meeting:
    """How the first circumstance that is met is met; or the first that is not known to fail."""
    meetings = (meet(circumstance, env) for circumstance in row.when)
    return min(meetings, key=lambda item: (True, None, False).index(item.met))


def _is_refused(packages: tuple[Distribution, ...], markers: dict[str, str]) -> bool:
    """Whether the metadata of one of the packages refuses another, which PKG001 says."""
    for package in packages:
        for partner in packages:
            # Each was compared to get here, so that its version can be read.
            if refuses(package, partner.name, Version(partner.version), markers):
                return True
    return False


def _problem(row: Breakage, meeting: Meeting, env: Env) -> Problem:
    item = meeting.packages[0] if meeting.packages else None
    return Problem(
        subject=item.name if item else row.name,
        message=f"{', '.join(meeting.seen)}: {row.reason} ({row.name})",
        location=item.seen_in if item else None,
        cause=row.cause,
        severity=row.gravity,
        remedies=(remedy_of(row, env.need(INTERPRETER), env.need(DISTRIBUTIONS)),),
    )
