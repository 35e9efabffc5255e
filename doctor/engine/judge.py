"""Applying rules to a snapshot. Whatever a rule does, there is an outcome for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from doctor.core.fact import Known
from doctor.core.matrix import Matrix
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.reading import READING
from doctor.core.report import Outcome, Problem, Report, Verdict
from doctor.core.rule import Env, NotApplicableError, Rule, UndeterminedError
from doctor.core.snapshot import Snapshot
from doctor.engine.complete import complete


def judge(
    snapshot: Snapshot,
    matrix: Matrix,
    rules: Iterable[Rule],
    not_selected: tuple[str, ...] = (),
    known: Callable[[Rule, Snapshot], Outcome | None] = lambda *_: None,
) -> Report:
    """Judge a snapshot by every rule given; the matrix stands in for what it does not state of releases.

    `known` returns what is known already of a rule's outcome; see `doctor.engine.ahead`.
    """
    snapshot = complete(snapshot, matrix)
    return Report(
        target=snapshot.target,
        taken_at=snapshot.taken_at,
        doctor_version=snapshot.doctor_version,
        matrix_version=matrix.version,
        outcomes=tuple(known(rule, snapshot) or apply(rule, snapshot, matrix) for rule in rules),
        not_selected=not_selected,
    )


def apply(rule: Rule, snapshot: Snapshot, matrix: Matrix) -> Outcome:
    """Apply one rule.

    The verdict is *problem* when the rule yielded one, even where it could not go on after it;
    *unknown* when something it needed was not known or when it raised; *not applicable* when
    what it judges does not exist; otherwise *healthy*.
    """
    env = rule.env(snapshot, matrix)
    started = time.perf_counter()
    problems, fallback, reasons = _run(rule, env)
    if fallback is Verdict.HEALTHY and not problems:
        _note_unpinned(env)
    reasons = tuple(dict.fromkeys((*reasons, *env.gaps)))
    verdict = _verdict(problems, fallback, bool(env.gaps))
    return Outcome(
        code=rule.code,
        name=rule.name,
        topic=rule.topic,
        title=rule.title,
        severity=rule.severity,
        cause=rule.cause,
        verdict=verdict,
        problems=tuple(problems),
        reasons=reasons,
        evidence=tuple(dict.fromkeys(env.evidence)),
        milliseconds=(time.perf_counter() - started) * 1000,
    )


def _run(rule: Rule, env: Env) -> tuple[list[Problem], Verdict, tuple[str, ...]]:
    # Collected one by one: a problem already yielded survives an Unknown met later.
    problems: list[Problem] = []
    try:
        if rule.first is not None:
            env.need(rule.first)
        for problem in rule.load()(env):
            problems.append(problem)  # noqa: PERF402 - what was yielded before an exception is kept
    except NotApplicableError as error:
        return problems, Verdict.NOT_APPLICABLE, () if problems else (str(error),)
    except UndeterminedError as error:
        return problems, Verdict.UNKNOWN, (str(error),)
    except Exception as error:  # noqa: BLE001 - a broken rule is undetermined and says so
        return problems, Verdict.UNKNOWN, (f"the rule failed: {type(error).__name__}: {error}",)
    return problems, Verdict.HEALTHY, ()


def _note_unpinned(env: Env) -> None:
    """Nothing that is said of packages is the whole of it where a list names some without their versions."""
    reading = env.snapshot.get(READING)
    looked = any(item.key == DISTRIBUTIONS.name and item.state == "known" for item in env.evidence)
    if looked and isinstance(reading, Known):
        for entry in reading.value.unpinned:
            # Of an address the end: a colon ends what a reason is about.
            env.unstated(f"version of {entry.rpartition('/')[2] if ':' in entry else entry}")


def _verdict(problems: list[Problem], fallback: Verdict, gaps: bool) -> Verdict:
    if problems:
        return Verdict.PROBLEM
    if gaps:
        return Verdict.UNKNOWN
    return fallback
