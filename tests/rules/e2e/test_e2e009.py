from __future__ import annotations

from doctor.core.endtoend import PhaseName
from doctor.core.report import Cause
from tests.rules.e2e.phase_rule import PhaseRule


class TestE2E009(PhaseRule):
    code = "E2E009"
    phases = (PhaseName.VLLM_REFUSAL,)
    cause = Cause.LORA_ADAPTER_FORMAT
