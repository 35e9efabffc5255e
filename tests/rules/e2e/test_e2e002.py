from __future__ import annotations

from doctor.core.endtoend import PhaseName
from doctor.core.report import Cause
from tests.rules.e2e.phase_rule import PhaseRule


class TestE2E002(PhaseRule):
    code = "E2E002"
    phases = (PhaseName.ADAPTER,)
    cause = Cause.LORA_ADAPTER_FORMAT
