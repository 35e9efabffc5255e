from __future__ import annotations

from doctor.core.machine.gpu import GPUS
from doctor.core.report import Verdict
from doctor.core.serve import SERVE
from doctor.intake.serve import parse_command
from tests.facts import gpu, judge, unknown
from tests.rules.serve.commands import outcome, problems

CODE = "SERVE010"


T4 = {GPUS: (gpu(name="Tesla T4", capability="7.5"),)}


def test_an_old_gpu():
    known_and_not = {GPUS: (gpu(capability=unknown()), *T4[GPUS])}
    for facts in (T4, known_and_not):
        assert problems(CODE, "--dtype bfloat16", facts=facts) == [
            "GPU 0 has compute capability 7.5, and bfloat16 needs 8.0"
        ]


def test_a_new_gpu_another_type_and_an_unknown_capability():
    assert outcome(CODE, "--dtype bfloat16").verdict is Verdict.HEALTHY
    assert outcome(CODE, "--dtype half", facts=T4).verdict is Verdict.NOT_APPLICABLE
    assert outcome(CODE, "--dtype bfloat16", facts={GPUS: (gpu(capability=unknown()),)}).verdict is Verdict.UNKNOWN


def test_a_matrix_without_the_floor_is_undetermined():
    found = judge(CODE, {SERVE: parse_command("vllm serve m --dtype bfloat16"), **T4})
    assert found.verdict is Verdict.UNKNOWN
    assert "does not say which compute capability bfloat16 needs" in found.reasons[0]
