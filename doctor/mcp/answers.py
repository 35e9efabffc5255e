"""What the tools answer: short enough for a language model to read, typed for programs.

The SDK makes a schema of each class, which takes a slot or a default of a field for its value: there are none.
"""

from __future__ import annotations

from dataclasses import dataclass

from doctor.api import FixPlan, Report
from doctor.core.diagnosis import Diagnosis
from doctor.core.report import Outcome, Problem, Remedy, Severity
from doctor.core.rule import Rule
from doctor.core.serving import ServingPlan
from doctor.formats.clean import quote


@dataclass(frozen=True, kw_only=True)
class Fix:
    """What to do: in words, and as lines for a shell. They were not run."""

    text: str
    commands: list[str]
    only_a_person: bool


@dataclass(frozen=True, kw_only=True)
class FoundProblem:
    """One thing that is wrong, by the rule that found it; `read_from` is the file that says so."""

    code: str
    severity: str
    subject: str
    message: str
    cause: str
    read_from: str
    fixes: list[Fix]


@dataclass(frozen=True, kw_only=True)
class Undetermined:
    """A rule that could not judge, and why. It does not count as healthy."""

    code: str
    reasons: list[str]


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What a check found: `exit_code` is 0 healthy, 1 an error, 3 something could not be determined."""

    target: str
    exit_code: int
    versions: dict[str, str]
    problems: list[FoundProblem]
    undetermined: list[Undetermined]
    healthy_rules: int


@dataclass(frozen=True, kw_only=True)
class ExplainedRule:
    """A rule of doctor; `explanation` is Markdown."""

    code: str
    name: str
    severity: str
    title: str
    explanation: str


@dataclass(frozen=True, kw_only=True)
class FoundCause:
    """A known breakage whose words stand in the text; `certainty` reads confirmed, likely, possible or doubtful."""

    name: str
    certainty: str
    severity: str
    reason: str
    line: str
    seen: list[str]
    doubts: list[str]
    sources: list[str]
    fixes: list[Fix]


@dataclass(frozen=True, kw_only=True)
class Explained:
    """Either the rule that was asked for, or the causes of an error text, the most certain first."""

    rule: ExplainedRule | None
    causes: list[FoundCause]
    error_lines: list[str]


@dataclass(frozen=True, kw_only=True)
class PlannedSegment:
    """A part of one GPU's memory in bytes; `estimate` says that only a run could tell it exactly."""

    name: str
    bytes: int
    estimate: bool
    where_it_comes_from: str


@dataclass(frozen=True, kw_only=True)
class PlannedArgument:
    """One argument of vllm serve, with the reason for it."""

    argument: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Planned:
    """The memory of each of `gpus` equal GPUs, and how to serve; `command` is "" where not one request fits."""

    fits: bool
    gpu: str
    gpus: int
    memory_bytes: int
    segments: list[PlannedSegment]
    cache_tokens: int
    longest_request: int
    requests_at_once: float
    command: str
    arguments: list[PlannedArgument]
    notes: list[str]


@dataclass(frozen=True, kw_only=True)
class PlannedMove:
    """A package that would change; `before` is "" for one that is added, `after` for one that is removed."""

    name: str
    before: str
    after: str
    why: str


@dataclass(frozen=True, kw_only=True)
class PlannedFix:
    """What would mend an environment. Nothing was changed: a person runs `doctor fix --apply`."""

    known_good_set: str
    moves: list[PlannedMove]
    leftovers_to_delete: list[str]
    for_a_person: list[str]
    not_judged: list[str]


def checked(report: Report) -> Checked:
    """The answer of a check."""
    outcomes = report.outcomes
    return Checked(
        target=report.target,
        exit_code=report.exit_code(Severity.ERROR),
        versions=report.versions,
        problems=[_problem(outcome, problem) for outcome, problem in report.problems()],
        undetermined=[
            Undetermined(code=item.code, reasons=list(item.reasons)) for item in outcomes if item.undetermined
        ],
        healthy_rules=sum(item.verdict.value == "healthy" for item in outcomes),
    )


def explained_rule(rule: Rule) -> Explained:
    """The answer to a rule's code or name."""
    found = ExplainedRule(
        code=rule.code, name=rule.name, severity=rule.severity.label, title=rule.title, explanation=rule.explanation
    )
    return Explained(rule=found, causes=[], error_lines=[])


def explained_text(diagnosis: Diagnosis) -> Explained:
    """The answer to an error text."""
    causes = [
        FoundCause(
            name=item.name,
            certainty=item.certainty.value,
            severity=item.severity.label,
            reason=item.reason,
            line=item.line,
            seen=list(item.seen),
            doubts=list(item.doubts),
            sources=list(item.sources),
            fixes=[_fix(remedy) for remedy in item.remedies],
        )
        for item in diagnosis.findings
    ]
    return Explained(rule=None, causes=causes, error_lines=[line.text for line in diagnosis.errors])


def planned(plan: ServingPlan) -> Planned:
    """The answer of a plan."""
    return Planned(
        fits=plan.capacity is not None,
        gpu=plan.gpu,
        gpus=plan.gpus,
        memory_bytes=plan.memory,
        segments=[
            PlannedSegment(name=item.name, bytes=item.size, estimate=not item.exact, where_it_comes_from=item.detail)
            for item in plan.segments
        ],
        cache_tokens=plan.capacity.tokens if plan.capacity else 0,
        longest_request=plan.length,
        requests_at_once=min(plan.capacity.concurrency, plan.sequences) if plan.capacity else 0,
        command=quote(plan.command) if plan.capacity else "",
        arguments=[
            PlannedArgument(argument=" ".join((item.name, *item.values)), reason=item.reason) for item in plan.arguments
        ],
        notes=[*([plan.shortage] if plan.shortage else []), *plan.notes],
    )


def planned_fix(found: FixPlan) -> PlannedFix:
    """The answer of a planned mend."""
    plan = found.plan
    return PlannedFix(
        known_good_set=plan.chosen.name if plan.chosen else "",
        moves=[PlannedMove(name=move.name, before=move.before, after=move.after, why=move.why) for move in found.moves],
        leftovers_to_delete=[path for path, _ in plan.leftovers],
        for_a_person=[f"{step.code} {step.subject}: {step.text}" for step in plan.steps],
        not_judged=list(plan.unknown),
    )


def _problem(outcome: Outcome, problem: Problem) -> FoundProblem:
    return FoundProblem(
        code=outcome.code,
        severity=outcome.severity_of(problem).label,
        subject=problem.subject,
        message=problem.message,
        cause=outcome.cause_of(problem).value,
        read_from=str(problem.location) if problem.location else "",
        fixes=[_fix(remedy) for remedy in problem.remedies],
    )


def _fix(remedy: Remedy) -> Fix:
    return Fix(
        text=remedy.text,
        commands=[quote(command) for command in remedy.commands],
        only_a_person=remedy.safety.value == "manual",
    )
