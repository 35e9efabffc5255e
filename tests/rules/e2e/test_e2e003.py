from __future__ import annotations

from doctor.core.endtoend import END_TO_END, EndToEnd, Phase, PhaseName
from doctor.core.report import Cause, Verdict
from tests.facts import absent, judge
from tests.rules.e2e.phase_rule import PhaseRule


class TestE2E003(PhaseRule):
    code = "E2E003"
    phases = (PhaseName.MERGE,)
    cause = Cause.MODEL_WEIGHTS_INCOMPLETE

    def test_not_applicable_where_a_given_model_is_not_merged(self):
        run = EndToEnd(
            phases=(Phase(name=PhaseName.MERGE, seconds=0.0, finding=absent("not merged again")),), seconds=1.0
        )
        found = judge(self.code, {END_TO_END: run})
        assert (found.verdict, found.reasons) == (Verdict.NOT_APPLICABLE, ("not merged again",))
