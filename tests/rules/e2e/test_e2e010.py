from __future__ import annotations

from doctor.core.endtoend import END_TO_END, EndToEnd, Phase, PhaseName
from doctor.core.report import Cause, Verdict
from tests.facts import absent, judge
from tests.rules.e2e.phase_rule import PhaseRule


class TestE2E010(PhaseRule):
    code = "E2E010"
    phases = (PhaseName.UNSLOTH_MERGE,)
    cause = Cause.MODEL_WEIGHTS_INCOMPLETE

    def test_not_applicable_where_unsloth_is_not_installed(self):
        left = absent("unsloth is not installed in this environment")
        run = EndToEnd(phases=(Phase(name=PhaseName.UNSLOTH_MERGE, seconds=0.0, finding=left),), seconds=1.0)
        found = judge(self.code, {END_TO_END: run})
        assert (found.verdict, found.reasons) == (
            Verdict.NOT_APPLICABLE,
            ("unsloth is not installed in this environment",),
        )

    def test_a_run_of_before_that_tells_nothing_of_it_is_undetermined(self):
        assert judge(self.code, {END_TO_END: EndToEnd(phases=(), seconds=1.0)}).verdict is Verdict.UNKNOWN
