"""PKG016."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.breakage import Breakage
from doctor.core.fact import Source, SourceKind
from doctor.core.interpreter import INTERPRETER
from doctor.core.mend import remedy_of
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.report import Cause, Problem, Remedy, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.pin.circumstances import meet


@rule(severity=Severity.WARNING, cause=Cause.MISSING_PACKAGE, since="0.1.0", reads=(INTERPRETER, DISTRIBUTIONS))
def taken_over_name(env: Env) -> Iterator[Problem]:
    """No installed distribution bears a name that strangers have taken over.

    ## What it checks
    The breakages of the matrix that speak of the supply chain: versions that were published by
    somebody else than the authors, under a name that these had given up or lost for a while.
    pyairports 0.0.1 is one: the project was withdrawn from the package index at 2.1.1, and 0.0.1
    holds no module `pyairports`. That an installed outlines fails on it, PIN006 reports.

    ## Why it matters
    Code of an unknown author is installed, and may have run already. Besides, what needs the
    real package fails: outlines 0.0.43 to 0.0.46 with `No module named 'pyairports'`.

    ## How to fix it
    Remove it and look at what it has installed; where it could run, change the secrets that it
    could read. Then do what the problem says.

    ## Sources
    - The breakages of the matrix, each with its own sources.
    - https://pypi.org/project/pyairports/
    - https://github.com/vllm-project/vllm/issues/23983
    """
    interpreter, distributions = env.need(INTERPRETER), env.need(DISTRIBUTIONS)
    rows = [row for row in env.matrix.breakages if row.supply_chain]
    if not rows:
        raise NotApplicableError("the matrix knows nothing of the supply chain")
    for row in rows:
        for circumstance in row.when:
            meeting = meet(circumstance, env)
            if meeting.met:
                env.cite(f"breakage {row.name}")
                yield _problem(row, meeting.packages[0], remedy_of(row, interpreter, distributions))
            for gap in meeting.gaps:
                env.gap(gap)


def _problem(row: Breakage, item: Distribution, remedy: Remedy) -> Problem:
    brings = f" (it brings {', '.join(item.top_level)})" if item.top_level else ""
    return Problem(
        subject=item.name,
        message=f"{item.name} {item.version}{brings}: {row.reason}",
        location=Source(kind=SourceKind.DIST_INFO, where=item.path),
        cause=row.cause,
        severity=row.gravity,
        remedies=(remedy,),
    )
