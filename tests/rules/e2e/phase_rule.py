"""What holds for each rule of this topic: a test class names the rule, its phases and its cause, and inherits these."""

from __future__ import annotations

from doctor.core.endtoend import END_TO_END, PhaseName, not_asked_for
from doctor.core.report import Cause, Safety, Severity, Verdict
from tests.facts import judge, unknown
from tests.rules.e2e.runs import differs, outcome


class PhaseRule:
    code: str
    phases: tuple[PhaseName, ...]
    cause: Cause

    def test_healthy_where_every_phase_agrees(self):
        assert outcome(self.code).verdict is Verdict.HEALTHY

    def test_a_difference_is_an_error_that_says_what_was_seen_and_needed(self):
        for phase in self.phases:
            found = outcome(self.code, phase, differs())
            assert found.verdict is Verdict.PROBLEM
            assert found.severity is Severity.ERROR
            assert [found.cause_of(problem) for problem in found.problems] == [self.cause]
            assert [problem.subject for problem in found.problems] == [phase.value]
            message = found.problems[0].message
            assert message.startswith("tokens [1] instead of [2]; ")
            assert "must" in message
            assert [remedy.safety for remedy in found.problems[0].remedies] == [Safety.MANUAL]

    def test_another_phase_is_not_its_business(self):
        for phase in set(PhaseName) - set(self.phases):
            assert outcome(self.code, phase, differs()).verdict is Verdict.HEALTHY

    def test_undetermined_where_the_phase_could_not_run(self):
        for phase in self.phases:
            found = outcome(self.code, phase)
            assert found.verdict is Verdict.UNKNOWN
            assert "took longer than 300 s" in found.reasons[0]

    def test_undetermined_where_nothing_could_be_run(self):
        assert judge(self.code, {END_TO_END: unknown()}).verdict is Verdict.UNKNOWN

    def test_not_applicable_where_it_was_not_asked_for(self):
        found = judge(self.code, {END_TO_END: not_asked_for()})
        assert found.verdict is Verdict.NOT_APPLICABLE
        assert "--end-to-end" in found.reasons[0]
