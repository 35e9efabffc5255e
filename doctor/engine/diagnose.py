"""Finding the causes of an error text: what the matrix knows of it, held against an environment."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from doctor.core.breakage import Breakage, Circumstance
from doctor.core.diagnosis import Beside, Certainty, Diagnosis, Excluded, Finding, TextLine
from doctor.core.fact import Known, Reason, Source, SourceKind, Unknown
from doctor.core.interpreter import INTERPRETER, Interpreter
from doctor.core.keys import KEYS
from doctor.core.matrix import Matrix
from doctor.core.mend import remedy_of
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.packages.stack import vllm_of
from doctor.core.report import Cause, Outcome, Problem, Remedy, Report, Severity, Verdict
from doctor.core.rule import Env, unstated_in
from doctor.core.snapshot import Snapshot, snapshot_of
from doctor.engine.complete import complete
from doctor.engine.matches import Match, matches
from doctor.engine.placeholders import fill
from doctor.engine.settle import what_would_settle
from doctor.engine.symptom import Symptom, read_symptom
from doctor.rules.pin.circumstances import Meeting, meet
from doctor.rules.pin.partners import misfits, speaks_of

_SHOWN = 5
"""Lines that look like the error, and problems of a rule, that a diagnosis names."""

_Rank = tuple[bool, int, bool, int, tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class _Judgement:
    """What an environment says to a breakage; `possible` is false where it excludes it.

    `fits` says that the installed versions of a pair go together, by a row that speaks of them.
    """

    possible: bool = True
    confirmed: bool = False
    seen: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    cause: Cause | None = None
    fits: bool = False


def diagnose(text: str, snapshot: Snapshot | None, matrix: Matrix, report: Report | None = None) -> Diagnosis:
    """Find the causes of an error text, the most certain first.

    `snapshot` holds the facts of the environment that it is from, and `report` what the rules
    say of it; None where there is none. What the text itself states of its environment, such as
    the version of vLLM, goes before a snapshot that says otherwise.
    """
    symptom = read_symptom(text)
    snapshot, report, notes = _environment_of(symptom, snapshot, report)
    snapshot = complete(snapshot, matrix) if snapshot is not None else None
    interpreter, distributions = _installed(snapshot)
    findings: list[tuple[_Rank, Finding, Match]] = []
    excluded: list[Excluded] = []
    for match in matches(symptom, matrix):
        judgement = _judge(match.row, snapshot, matrix, report)
        if not judgement.possible:
            excluded.append(_excluded(match, judgement))
            continue
        remedies = judgement.remedies or (remedy_of(match.row, interpreter, distributions),)
        finding = _finding(match, judgement, fill(remedies, symptom.text))
        findings.append((_rank(match, finding), finding, match))
    told = [match for _, _, match in findings if match.told]
    findings = [item for item in findings if not any(match.settles(item[2]) for match in told)]
    return Diagnosis(
        findings=tuple(finding for _, finding, _ in sorted(findings, key=lambda item: item[0])),
        excluded=tuple(excluded),
        errors=_first_errors(symptom),
        wrapped=symptom.is_wrapped() and not findings,
        environment=tuple(_beside(report)),
        notes=notes,
        wanted=() if findings else what_would_settle(symptom, environment=snapshot is not None),
    )


def _environment_of(
    symptom: Symptom, snapshot: Snapshot | None, report: Report | None
) -> tuple[Snapshot | None, Report | None, tuple[str, ...]]:
    """The environment that the text is from, as far as that is known."""
    stated = symptom.vllm_version()
    if not stated:
        return snapshot, report, ()
    if snapshot is None:
        return _stated(stated), None, (f"the text is from vllm {stated}",)
    fact = snapshot.get(DISTRIBUTIONS)
    vllm = vllm_of(fact.value) if isinstance(fact, Known) else None
    if vllm is None or vllm.version.partition("+")[0] == stated.partition("+")[0]:
        return snapshot, report, ()
    note = f"the text is from vllm {stated}, and this environment holds {vllm.version}: it was left aside"
    return _stated(stated), None, (note,)


def _stated(version: str) -> Snapshot:
    """What a log states of its environment: one version, and nothing of anything else."""
    source = Source(kind=SourceKind.RUN, where="the text")
    silent: Unknown[Any] = Unknown(reason=Reason.NOT_STATED, detail="the text does not state it", source=source)
    vllm = Distribution(name="vllm", version=version, path="", requires=silent, requires_python=silent)
    fact = Known(value=(vllm,), source=source)
    return snapshot_of("the text", taken_at="", version="", facts=[(DISTRIBUTIONS, fact)])


def _judge(row: Breakage, snapshot: Snapshot | None, matrix: Matrix, report: Report | None) -> _Judgement:
    """Hold a breakage against an environment."""
    if snapshot is None:
        return _Judgement()
    env = Env(snapshot=snapshot, matrix=matrix, reads=frozenset(KEYS))
    judged = [_circumstances(row, env)] if row.when else []
    if judged and not judged[0].possible:
        return judged[0]
    elsewhere = [*_pairs(row, env), *_rules(row, report)]
    # Where other rows and rules judge it they decide; what is needed for it may be there without it.
    telling = elsewhere or judged
    confirmed = [item for item in telling if item.confirmed]
    return _Judgement(
        confirmed=bool(confirmed),
        seen=_joined(item.seen for item in (*confirmed, *judged)),
        doubts=() if confirmed or _is_open(telling) else _joined(item.doubts for item in telling),
        gaps=() if confirmed else _joined(item.gaps for item in (*telling, *judged)),
        remedies=next((item.remedies for item in confirmed if item.remedies), ()),
        cause=next((item.cause for item in confirmed if item.cause), None),
    )


def _is_open(telling: list[_Judgement]) -> bool:
    """Whether what is not known may still show the fault.

    A list of versions never says what a rule reads from files: where it shows that partners fit, that counts.
    """
    gaps = [gap for item in telling for gap in item.gaps]
    fits = any(item.fits for item in telling)
    return bool(gaps) and not (fits and all(unstated_in(gap) for gap in gaps))


def _joined(parts: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for part in parts for text in part))


def _circumstances(row: Breakage, env: Env) -> _Judgement:
    meetings = [_meet(circumstance, env) for circumstance in row.when]
    met = next((item for item in meetings if item.met), None)
    if met:
        return _Judgement(confirmed=True, seen=met.seen)
    open_ones = [item for item in meetings if item.met is None]
    if open_ones:
        return _Judgement(seen=open_ones[0].seen, gaps=_joined(item.gaps for item in open_ones))
    return _Judgement(possible=False, doubts=_joined(item.seen for item in meetings))


def _meet(circumstance: Circumstance, env: Env) -> Meeting:
    """Compare a circumstance with an environment, whose variables need not be those that the text is from."""
    whole = meet(circumstance, env, thorough=True)
    if whole.met is not False:
        return whole
    rest = meet(dataclasses.replace(circumstance, variables={}), env, thorough=True)
    names = " and ".join(circumstance.variables)
    return whole if rest.met is False else Meeting(None, rest.seen, gaps=(*rest.gaps, f"how {names} was set there"))


def _pairs(row: Breakage, env: Env) -> Iterator[_Judgement]:
    """What the pairs say that the row names; here also what metadata itself refuses counts.

    Of a package that is not installed, or not listed, they say nothing.
    """
    fact = env.snapshot.get(DISTRIBUTIONS)
    if row.pairs and not isinstance(fact, Known):
        yield _Judgement(gaps=("what is installed is not known",))
    listed = fact.value if isinstance(fact, Known) else ()
    installed = {item.name: _without_requirements(item) for item in listed if not item.shadowed}
    for pair in (pair for pair in env.matrix.pairs if pair.name in row.pairs):
        gaps: list[str] = []
        # Only requirements have markers.
        needed = next((text for _, text in misfits([pair], installed, {}, gaps.append)), None)
        names = [installed[name] for name in (pair.package, pair.partner) if name in installed]
        seen = tuple(f"{item.name} {item.version}" for item in names)
        if needed is not None:
            yield _Judgement(confirmed=True, seen=seen)
        elif gaps:
            yield _Judgement(gaps=tuple(gaps))
        elif len(names) == 2:
            yield _Judgement(doubts=(f"{seen[0]} and {seen[1]} go together",), fits=speaks_of(pair, names[0]))


def _without_requirements(item: Distribution) -> Distribution:
    if not isinstance(item.requires, Known):
        return item
    return dataclasses.replace(item, requires=dataclasses.replace(item.requires, value=()))


def _rules(row: Breakage, report: Report | None) -> Iterator[_Judgement]:
    """What the rules say that the row names. One that did not apply has looked at nothing."""
    outcomes = report.outcomes if report else ()
    for outcome in (outcome for outcome in outcomes if outcome.code in (*row.rules, *row.signs)):
        grave = [problem for problem in outcome.problems if outcome.severity_of(problem) > Severity.INFO]
        if grave:
            yield _told_by(outcome, grave)
        elif outcome.verdict is Verdict.UNKNOWN:
            yield _Judgement(gaps=tuple(f"{outcome.code}: {reason}" for reason in outcome.reasons))
        # What is worth a note only is no fault, but not nothing either.
        elif outcome.verdict is not Verdict.NOT_APPLICABLE and outcome.code in row.rules and not outcome.problems:
            yield _Judgement(doubts=(f"{outcome.code} finds nothing: {outcome.title[:1].lower()}{outcome.title[1:]}",))


def _told_by(outcome: Outcome, problems: list[Problem]) -> _Judgement:
    seen = tuple(f"{outcome.code} {problem.subject}: {problem.message}" for problem in problems[:_SHOWN])
    cause = outcome.cause_of(problems[0])
    return _Judgement(confirmed=True, seen=seen, remedies=problems[0].remedies, cause=cause)


def _finding(match: Match, judgement: _Judgement, remedies: tuple[Remedy, ...]) -> Finding:
    row = match.row
    return Finding(
        name=row.name,
        # A text that says no more than that something failed: the environment says what.
        cause=judgement.cause or row.cause if row.general and row.cause is Cause.OTHER else row.cause,
        severity=row.gravity,
        certainty=_certainty(row, judgement),
        reason=row.reason,
        line=match.line.text,
        number=match.line.number,
        remedies=remedies,
        sources=row.sources,
        seen=judgement.seen,
        doubts=judgement.doubts,
        gaps=judgement.gaps,
    )


def _certainty(row: Breakage, judgement: _Judgement) -> Certainty:
    if judgement.confirmed:
        return Certainty.CONFIRMED
    if judgement.doubts:
        return Certainty.DOUBTFUL
    return Certainty.POSSIBLE if row.general else Certainty.LIKELY


def _rank(match: Match, finding: Finding) -> _Rank:
    """The order of findings: certain ones first, then what says more, then what comes first in the text.

    Of two that begin at one place the one with more words goes first: it says what the other says, and more.
    """
    certainty = list(Certainty).index(finding.certainty)
    place = match.line.number, match.offset, -match.length
    return finding.severity is Severity.INFO, certainty, match.row.general, -finding.severity, place


def _excluded(match: Match, judgement: _Judgement) -> Excluded:
    why = "; ".join(judgement.doubts)
    return Excluded(name=match.row.name, line=match.line.text, number=match.line.number, reason=why)


def _first_errors(symptom: Symptom) -> tuple[TextLine, ...]:
    shown: dict[str, TextLine] = {}
    for line in symptom.errors():
        shown.setdefault(line.text, line)
        if len(shown) == _SHOWN:
            break
    return tuple(shown.values())


def _beside(report: Report | None) -> Iterator[Beside]:
    for outcome, problem in report.problems() if report else ():
        severity, cause = outcome.severity_of(problem), outcome.cause_of(problem)
        if severity > Severity.INFO:
            yield Beside(
                code=outcome.code, subject=problem.subject, message=problem.message, cause=cause, severity=severity
            )


def _installed(snapshot: Snapshot | None) -> tuple[Interpreter | None, tuple[Distribution, ...]]:
    if snapshot is None:
        return None, ()
    interpreter, distributions = snapshot.get(INTERPRETER), snapshot.get(DISTRIBUTIONS)
    return (
        interpreter.value if isinstance(interpreter, Known) else None,
        distributions.value if isinstance(distributions, Known) else (),
    )
