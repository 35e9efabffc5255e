from __future__ import annotations

from doctor.core.endtoend import PhaseName
from doctor.core.report import Cause
from tests.rules.e2e.phase_rule import PhaseRule


class TestE2E007(PhaseRule):
    code = "E2E007"
    phases = (PhaseName.VLLM_MERGED,)
    cause = Cause.MODEL_WEIGHTS_INCOMPLETE
