"""What a run concludes, whatever its rules do."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator

import pytest

from doctor.core.matrix import Matrix
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.reading import READING, Reading, no_text
from doctor.core.report import Problem, Remedy, Severity, Verdict
from doctor.core.rule import Env, NotApplicableError, unstated_in
from doctor.engine.judge import apply, judge
from tests.engine.numbers import NUMBER, NUMBERS, rule_of
from tests.facts import EMPTY_MATRIX, absent, distribution, known, snapshot, unknown

PROBLEM = Problem(subject="x", message="y", remedies=(Remedy(text="z"),))


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

    @pytest.mark.parametrize("fact", [absent("there is no number"), unknown()])
    def test_a_rule_whose_first_fact_is_not_there_is_not_loaded(self, fact):
        def load():
            raise AssertionError("its file was imported")

        facts, rule = snapshot({NUMBER: fact}), rule_of(positive)
        outcome = apply(dataclasses.replace(rule, first=NUMBER, load=load), facts, EMPTY_MATRIX)
        assert dataclasses.replace(apply(rule, facts, EMPTY_MATRIX), milliseconds=outcome.milliseconds) == outcome

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
