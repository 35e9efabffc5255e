"""What the rules of this topic share: each judges one or two phases of the proof."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.endtoend import END_TO_END, Ending, Finding, PhaseName
from doctor.core.fact import Absent, Source, SourceKind
from doctor.core.mend import remedy_of
from doctor.core.report import Problem, Remedy, Safety
from doctor.core.rule import Env, NotApplicableError
from doctor.rules.e2e.causes import Suspicion, suspect

SHOWN = 3
"""Lines of the log that a message quotes; the fact holds more."""


def judge_phases(env: Env, *names: PhaseName, needed: str, advice: str) -> Iterator[Problem]:
    """Yield a problem for each phase that ran and did not agree; `needed` says what should be.

    Raises what `Env.need` raises, and NotApplicableError where none of the phases has a part in
    this run; a phase that could not run is noted as a gap.
    """
    run = env.need(END_TO_END)
    findings = {name: run.finding(name) for name in names}
    left_out = [fact.detail for fact in findings.values() if isinstance(fact, Absent)]
    if len(left_out) == len(findings):
        raise NotApplicableError(left_out[0])
    for name, fact in findings.items():
        finding = env.note(f"the phase {name.value}", fact)
        if finding is not None and finding.ending is not Ending.AGREES:
            yield _problem(name, finding, suspect(finding, run.versions, env), needed, advice)


def _problem(name: PhaseName, finding: Finding, suspicion: Suspicion, needed: str, advice: str) -> Problem:
    message = f"{_seen(finding)}; {needed}"
    remedies = [_remedy(advice)]
    if suspicion.row is not None:
        word = "this is" if suspicion.certain else "this may be"
        message += f". {word.capitalize()} a known breakage, {suspicion.row.name}: {suspicion.row.reason}"
        remedies.insert(0, remedy_of(suspicion.row, None, ()))
    elif suspicion.advice:
        message += f". Before that it said: {suspicion.line}" if suspicion.line else ""
        remedies.insert(0, Remedy(text=suspicion.advice, safety=Safety.MANUAL))
    return Problem(
        subject=name.value,
        message=message,
        location=Source(kind=SourceKind.RUN, where=f"end-to-end: {name.value}"),
        cause=suspicion.cause,
        remedies=tuple(remedies),
    )


def _seen(finding: Finding) -> str:
    if finding.ending is Ending.CRASHED and finding.log:
        return f"{finding.message} (last words: {' / '.join(finding.log[-SHOWN:])})"
    return finding.message


def _remedy(advice: str) -> Remedy:
    text = (
        f"{advice} `doctor verify` makes the same proof in a scratch environment with versions that are known "
        "to work together: if it passes there, the fault is in this environment's packages"
    )
    return Remedy(text=text, commands=(("doctor", "verify"),), safety=Safety.MANUAL)
