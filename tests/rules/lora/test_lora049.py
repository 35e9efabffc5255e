"""LORA049."""

from __future__ import annotations

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.interpreter import INTERPRETER
from doctor.core.machine.gpu import GPUS
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Outcome, Verdict
from tests.adapters import folder_of, lora
from tests.facts import distribution, gpu, interpreter, judge, unknown
from tests.rules.lora.judging import MATRIX


def judged(vllm: str, *capabilities: str) -> Outcome:
    facts = {
        ADAPTERS: (folder_of(lora()),),
        DISTRIBUTIONS: (distribution("vllm", vllm),),
        GPUS: tuple(gpu(number, capability=capability) for number, capability in enumerate(capabilities)),
        INTERPRETER: interpreter(),
    }
    return judge("LORA049", facts, MATRIX)


def test_kernels_of_ampere_on_a_t4():
    (problem,) = judged("0.5.3.post1", "8.0", "7.5").problems
    assert problem.subject == "GPU 1"
    assert "capability is 7.5, and the LoRA kernels of vLLM 0.5.3.post1 need 8.0" in problem.message
    assert [remedy.pins for remedy in problem.remedies] == [("vllm>=0.5.4",), ()]


def test_later_kernels_run_there():
    assert judged("0.5.4", "7.5").verdict is Verdict.HEALTHY


def test_newer_gpus():
    assert judged("0.5.3.post1", "8.0", "10.0").verdict is Verdict.HEALTHY


def test_a_capability_that_is_not_known():
    facts = {
        ADAPTERS: (folder_of(lora()),),
        DISTRIBUTIONS: (distribution("vllm", "0.5.3"),),
        GPUS: (gpu(0, capability=unknown()),),
        INTERPRETER: interpreter(),
    }
    assert judge("LORA049", facts, MATRIX).verdict is Verdict.UNKNOWN
