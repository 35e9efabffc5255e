"""PIN004: the driver and the GPUs are ones that the set was compiled for."""

from __future__ import annotations

import dataclasses

import pytest

from doctor.core.machine.gpu import DRIVER, GPUS
from doctor.core.report import Cause, Severity, Verdict
from tests.facts import absent, driver, gpu, judge, known, unknown
from tests.rules.pin.stacks import CPU_STACK, CUDA_STACK, stack


def with_gpus(*gpus, version="550.54.14", versions=CUDA_STACK):
    return {**stack(versions), DRIVER: driver(version), GPUS: tuple(gpus)}


@pytest.mark.parametrize("capability", ["8.0", "8.6", "8.9", "9.0"])
def test_a_gpu_that_runs_the_code_of_the_set_is_healthy(matrix, capability):
    facts = with_gpus(gpu(capability=capability))
    assert judge("PIN004", facts, matrix).verdict is Verdict.HEALTHY


@pytest.mark.parametrize(
    ("capability", "cause", "remedy"),
    [
        ("7.5", Cause.COMPUTE_CAPABILITY_TOO_LOW, "Use another GPU"),
        ("6.1", Cause.COMPUTE_CAPABILITY_TOO_LOW, "Use another GPU"),
        ("10.0", Cause.GPU_ARCH_NOT_IN_WHEEL, "Use a newer release of vLLM"),
        ("12.1", Cause.GPU_ARCH_NOT_IN_WHEEL, "Use a newer release of vLLM"),
    ],
)
def test_a_gpu_without_code_for_it_is_an_error(matrix, capability, cause, remedy):
    outcome = judge("PIN004", with_gpus(gpu(), gpu(1, capability=capability)), matrix)
    (problem,) = outcome.problems
    assert problem.subject == "GPU 1"
    assert capability in problem.message
    assert "8.0, 9.0" in problem.message
    assert (outcome.severity_of(problem), outcome.cause_of(problem)) == (Severity.WARNING, cause)
    assert problem.remedies[0].text.startswith(remedy)


def with_set(matrix, **changes):
    return dataclasses.replace(matrix, sets=(dataclasses.replace(matrix.sets[0], **changes),))


def test_a_gpu_between_those_of_the_set_is_none_that_is_too_old(matrix):
    outcome = judge("PIN004", with_gpus(gpu(capability="8.6")), with_set(matrix, capabilities=("7.0", "9.0")))
    (problem,) = outcome.problems
    assert outcome.cause_of(problem) is Cause.GPU_ARCH_NOT_IN_WHEEL


def test_a_set_is_judged_by_what_it_names(matrix):
    old = with_gpus(gpu(capability="3.5"), version="390.10")
    driver_alone, gpu_alone = with_set(matrix, capabilities=()), with_set(matrix, minimum_driver="")
    assert [item.subject for item in judge("PIN004", old, driver_alone).problems] == ["driver"]
    assert [item.subject for item in judge("PIN004", old, gpu_alone).problems] == ["GPU 0"]
    assert judge("PIN004", old, with_set(matrix, capabilities=(), minimum_driver="")).verdict is Verdict.HEALTHY


@pytest.mark.parametrize("version", ["525.60.13", "525.105.17", "580.65.06"])
def test_a_driver_of_the_same_cuda_major_is_enough(matrix, version):
    assert judge("PIN004", with_gpus(gpu(), version=version), matrix).verdict is Verdict.HEALTHY


def test_an_older_driver_is_an_error(matrix):
    outcome = judge("PIN004", with_gpus(gpu(), version="470.82.01"), matrix)
    (problem,) = outcome.problems
    assert outcome.cause_of(problem) is Cause.DRIVER_TOO_OLD
    assert "the driver is 470.82.01" in problem.message
    assert "525.60.13" in problem.message


def test_what_nvml_does_not_say_is_undetermined(matrix):
    facts = with_gpus(gpu(capability="9.0"))
    facts[DRIVER] = dataclasses.replace(driver(), version=unknown())
    outcome = judge("PIN004", facts, matrix)
    assert (outcome.verdict, len(outcome.reasons)) == (Verdict.UNKNOWN, 1)
    facts = with_gpus(dataclasses.replace(gpu(), capability=unknown()))
    assert judge("PIN004", facts, matrix).verdict is Verdict.UNKNOWN
    facts = with_gpus(dataclasses.replace(gpu(), capability=known("nine")))
    assert judge("PIN004", facts, matrix).verdict is Verdict.UNKNOWN
    facts = with_gpus(gpu())
    facts[DRIVER] = unknown()
    assert judge("PIN004", facts, matrix).verdict is Verdict.UNKNOWN


def test_without_a_gpu_or_for_a_cpu_set_it_does_not_apply(matrix):
    facts = {**stack(CUDA_STACK), DRIVER: absent("no NVIDIA driver"), GPUS: absent()}
    assert judge("PIN004", facts, matrix).verdict is Verdict.NOT_APPLICABLE
    outcome = judge("PIN004", with_gpus(gpu(capability="7.5"), versions=CPU_STACK), matrix)
    assert outcome.verdict is Verdict.NOT_APPLICABLE


def test_a_driver_that_cannot_be_compared_is_undetermined(matrix):
    outcome = judge("PIN004", with_gpus(gpu(), version="new"), matrix)
    assert outcome.verdict is Verdict.UNKNOWN
    assert outcome.reasons == ("the driver's version 'new' cannot be compared",)


def test_a_driver_is_judged_where_no_gpu_is_seen(matrix):
    facts = {**with_gpus(version="470.82.01"), GPUS: absent()}
    assert [item.subject for item in judge("PIN004", facts, matrix).problems] == ["driver"]
