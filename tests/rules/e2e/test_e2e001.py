from __future__ import annotations

from doctor.core.endtoend import PhaseName
from doctor.core.report import Cause
from tests.rules.e2e.phase_rule import PhaseRule


class TestE2E001(PhaseRule):
    code = "E2E001"
    phases = (PhaseName.IMPORT, PhaseName.MAKE, PhaseName.CONVERSION)
    cause = Cause.MODEL_WEIGHTS_INCOMPLETE
