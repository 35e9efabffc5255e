from __future__ import annotations

from doctor.core.endtoend import PhaseName
from doctor.core.report import Cause
from tests.rules.e2e.phase_rule import PhaseRule


class TestE2E006(PhaseRule):
    code = "E2E006"
    phases = (PhaseName.VLLM_ADAPTER,)
    cause = Cause.LORA_ADAPTER_FORMAT
