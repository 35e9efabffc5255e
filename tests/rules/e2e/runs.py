"""Runs of the proof for the rules' tests."""

from __future__ import annotations

from doctor.core.endtoend import END_TO_END, Ending, EndToEnd, Finding, Phase, PhaseName
from doctor.core.fact import Reason
from doctor.core.report import Outcome
from tests.facts import judge, known, unknown


def outcome(code: str, name: PhaseName | None = None, finding: Finding | None = None) -> Outcome:
    """What a rule says of a run in which every phase agrees but `name`; no finding is Unknown there."""
    good = known(Finding(ending=Ending.AGREES, message="fine"))
    other = known(finding) if finding else unknown(Reason.TIMED_OUT, "took longer than 300 s")
    phases = tuple(Phase(name=item, seconds=1.0, finding=other if item is name else good) for item in PhaseName)
    return judge(code, {END_TO_END: EndToEnd(phases=phases, seconds=9.0)})


def differs() -> Finding:
    return Finding(ending=Ending.DIFFERS, message="tokens [1] instead of [2]")


def raised(message: str) -> Finding:
    return Finding(ending=Ending.RAISED, message=message, log=("Traceback", message))


def crashed(name: str = "SIGSEGV") -> Finding:
    return Finding(ending=Ending.CRASHED, message=f"the process was ended by {name}: so", log=("a", "b", "c", "last"))
