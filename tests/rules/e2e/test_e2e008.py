from __future__ import annotations

from doctor.core.endtoend import PhaseName
from doctor.core.report import Cause
from tests.rules.e2e.phase_rule import PhaseRule


class TestE2E008(PhaseRule):
    code = "E2E008"
    phases = (PhaseName.VLLM_BATCH,)
    cause = Cause.OTHER
