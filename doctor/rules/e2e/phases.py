"""What the rules of this topic share: each judges one or two phases of the proof."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.endtoend import END_TO_END, Ending, Finding, PhaseName
from doctor.core.fact import Source, SourceKind
from doctor.core.report import Cause, Problem, Remedy, Safety
from doctor.core.rule import Env

SHOWN = 3
"""Lines of the log that a message quotes; the fact holds more."""


_CAUSES = (
    (("undefined symbol", "nms does not exist"), Cause.ABI_MISMATCH_OTHER),
    (("No module named",), Cause.MISSING_PACKAGE),
    (("SIGILL",), Cause.PLATFORM_OR_GLIBC),
    (("CUDA out of memory", "OutOfMemoryError"), Cause.GPU_MEMORY),
)
"""Words of an exception or a signal that name the kind of fault, the surest first."""


def judge_phases(env: Env, *names: PhaseName, needed: str, advice: str) -> Iterator[Problem]:
    """Yield a problem for each phase that ran and did not agree; `needed` says what should be.

    Raises what `Env.need` raises; a phase that could not run is noted as a gap.
    """
    run = env.need(END_TO_END)
    for name in names:
        finding = env.note(f"the phase {name.value}", run.finding(name))
        if finding is not None and finding.ending is not Ending.AGREES:
            yield Problem(
                subject=name.value,
                message=f"{_seen(finding)}; {needed}",
                location=Source(kind=SourceKind.RUN, where=f"end-to-end: {name.value}"),
                cause=_cause(finding),
                remedies=(_remedy(advice),),
            )


def _seen(finding: Finding) -> str:
    if finding.ending is Ending.CRASHED and finding.log:
        return f"{finding.message} (last words: {' / '.join(finding.log[-SHOWN:])})"
    return finding.message


def _cause(finding: Finding) -> Cause | None:
    """The kind of fault where the exception names it; None leaves the rule's own."""
    return next((cause for words, cause in _CAUSES if any(word in finding.message for word in words)), None)


def _remedy(advice: str) -> Remedy:
    text = (
        f"{advice} `doctor verify` makes the same proof in a scratch environment with versions that are known "
        "to work together: if it passes there, the fault is in this environment's packages"
    )
    return Remedy(text=text, commands=(("doctor", "verify"),), safety=Safety.MANUAL)
