from __future__ import annotations

from doctor.core.gpu import GPUS
from doctor.core.report import Verdict
from tests.facts import gpu, unknown
from tests.rules.serve.commands import outcome, problems

CODE = "SERVE010"


T4 = {GPUS: (gpu(name="Tesla T4", capability="7.5"),)}


def test_an_old_gpu():
    assert problems(CODE, "--dtype bfloat16", facts=T4) == ["GPU 0 has compute capability 7.5, and bfloat16 needs 8.0"]


def test_a_new_gpu_another_type_and_an_unknown_capability():
    assert outcome(CODE, "--dtype bfloat16").verdict is Verdict.HEALTHY
    assert outcome(CODE, "--dtype half", facts=T4).verdict is Verdict.NOT_APPLICABLE
    assert outcome(CODE, "--dtype bfloat16", facts={GPUS: (gpu(capability=unknown()),)}).verdict is Verdict.UNKNOWN
