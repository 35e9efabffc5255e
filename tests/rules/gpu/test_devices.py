"""What the rules on GPUs say of devices and of the torch that they are judged with."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from doctor.core.fact import Known, Source, SourceKind
from doctor.core.machine.gpu import GPUS, Gpu
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.report import Verdict
from doctor.core.rule import Env
from doctor.rules.gpu.devices import known_capabilities, torch_in_words
from tests.facts import distribution, gpu, known, snapshot, torch_build, unknown
from tests.rules.gpu.machines import NOT_STATED, T4, machine, matrix, verdict_of

PINNED = Known(value=torch_build("2.4.0", "12.1"), source=Source(kind=SourceKind.MATRIX, where="release vllm 0.5.5"))


def nameless(index: int, **changes: Any) -> Gpu:
    return dataclasses.replace(gpu(index, capability=NOT_STATED), name=unknown(), **changes)


@pytest.mark.parametrize(("hip", "said"), [("6.1", "for ROCm 6.1"), ("", "without CUDA")])
def test_of_another_torch_it_is_said_what_it_is_built_for(hip: str, said: str) -> None:
    outcome = verdict_of("GPU007", machine(torch_build=torch_build("2.4.0", "", hip=hip)))
    assert (outcome.verdict, outcome.reasons) == (Verdict.NOT_APPLICABLE, (f"torch 2.4.0 is built {said}",))


@pytest.mark.parametrize(
    ("fact", "packages", "said"),
    [
        (PINNED, {"vllm": "0.5.5"}, "torch 2.4.0, which vllm 0.5.5 requires,"),
        (PINNED, {"vllm": "0.5.5", "torch": "2.4.0"}, "torch 2.4.0"),
        (PINNED, {}, "torch 2.4.0"),
        (known(torch_build("2.4.0", "12.1")), {"vllm": "0.5.5"}, "torch 2.4.0"),
    ],
)
def test_who_requires_a_torch_is_said_where_only_its_pin_tells_of_it(
    fact: Any, packages: dict[str, str], said: str
) -> None:
    found = tuple(distribution(name, version) for name, version in packages.items())
    env = Env(
        snapshot=snapshot({TORCH_BUILD: fact, DISTRIBUTIONS: found}),
        matrix=matrix(),
        reads=frozenset({"torch_build", "distributions"}),
    )
    assert torch_in_words(env, fact.value) == said


def test_what_is_known_of_each_gpu_counts_for_a_choice() -> None:
    """What is stated goes before what the name tells, and one of which neither is known before nothing."""
    gpus = (
        gpu(0, "Tesla T4", "8.9"),
        gpu(1, "Tesla T4", NOT_STATED),
        gpu(2, "NVIDIA Unheard of", NOT_STATED),
        nameless(3),
    )
    env = Env(snapshot=snapshot({GPUS: gpus}), matrix=matrix(), reads=frozenset({"gpus"}))
    assert known_capabilities(env) == {(8, 9), (7, 5)}


def test_the_name_of_a_gpu_tells_its_capability_and_is_evidence() -> None:
    outcome = verdict_of("GPU007", machine(gpu(0, "Tesla T4", NOT_STATED)))
    assert "Tesla T4 (compute capability 7.5)" in outcome.problems[0].message
    evidence = [item.key for item in outcome.evidence]
    assert "name of GPU 0" in evidence and any(key.startswith("gpu ") for key in evidence)


def test_a_gpu_of_which_neither_is_known_is_undetermined() -> None:
    assert verdict_of("GPU007", machine(nameless(0))).verdict is Verdict.UNKNOWN


def test_a_gpu_without_a_known_name_is_told_as_that() -> None:
    lame = machine(nameless(0, ecc_errors=known(2)))
    assert verdict_of("GPU012", lame).problems[0].message.startswith("a GPU without a known name met 2")
    assert verdict_of("GPU012", machine(T4)).verdict is Verdict.HEALTHY
