from __future__ import annotations

from doctor.core.endtoend import PhaseName
from doctor.core.report import Cause
from tests.rules.e2e.phase_rule import PhaseRule


class TestE2E005(PhaseRule):
    code = "E2E005"
    phases = (PhaseName.VLLM_BASE,)
    cause = Cause.OTHER
