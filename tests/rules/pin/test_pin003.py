"""PIN003: the platform is one that the wheels of the set run on."""

from __future__ import annotations

import pytest

from doctor.core.interpreter import PLATFORM
from doctor.core.report import Cause, Severity, Verdict
from doctor.matrix.load import load_matrix
from tests.facts import judge, platform, unknown
from tests.rules.pin.stacks import CPU_STACK, CUDA_STACK, stack


def on(versions=CUDA_STACK, **changes):
    return {**stack(versions), PLATFORM: platform(**changes)}


@pytest.mark.parametrize("version", ["2.17", "2.36", "2.40"])
def test_a_newer_glibc_is_healthy(matrix, version):
    assert judge("PIN003", on(libc_version=version), matrix).verdict is Verdict.HEALTHY


@pytest.mark.parametrize(
    ("change", "subject", "words"),
    [
        ({"libc_version": "2.12"}, "glibc", "glibc is 2.12; the libraries need >=2.17"),
        ({"libc": "musl", "libc_version": "1.2"}, "musl", "the C library is musl"),
        ({"machine": "aarch64"}, "processor", "the processor is aarch64; the wheels are for x86_64"),
        ({"system": "Darwin"}, "Darwin", "the wheels are for Linux"),
    ],
)
def test_another_platform_is_an_error(matrix, change, subject, words):
    outcome = judge("PIN003", on(**change), matrix)
    (problem,) = outcome.problems
    assert problem.subject == subject
    assert words in problem.message
    assert (outcome.severity_of(problem), outcome.cause_of(problem)) == (Severity.WARNING, Cause.PLATFORM_OR_GLIBC)
    assert "to a Linux on x86_64 with glibc >=2.17, or" in problem.remedies[0].text


def test_a_set_that_names_neither_processor_nor_glibc_asks_for_linux_only(matrix):
    [problem] = judge("PIN003", on(CPU_STACK, system="Darwin"), matrix).problems
    assert "to a Linux on any processor, or" in problem.remedies[0].text
    assert judge("PIN003", on(CPU_STACK, machine=""), matrix).verdict is Verdict.HEALTHY


@pytest.mark.parametrize(("libc", "version"), [("", ""), ("glibc", ""), ("uclibc", "2.36")])
def test_a_c_library_that_is_not_known_is_undetermined(matrix, libc, version):
    outcome = judge("PIN003", on(libc=libc, libc_version=version), matrix)
    assert outcome.verdict is Verdict.UNKNOWN
    assert judge("PIN003", {**stack(CUDA_STACK), PLATFORM: unknown()}, matrix).verdict is Verdict.UNKNOWN


def test_a_set_that_names_no_glibc_is_not_judged_by_it(matrix):
    assert judge("PIN003", on(CPU_STACK, libc="", libc_version=""), matrix).verdict is Verdict.HEALTHY


def test_without_a_set_it_does_not_apply(matrix):
    assert judge("PIN003", on({"torch": "2.4.0"}), matrix).verdict is Verdict.NOT_APPLICABLE


def test_a_text_that_states_no_processor_is_undetermined(matrix):
    outcome = judge("PIN003", on(machine=""), matrix)
    assert outcome.verdict is Verdict.UNKNOWN
    assert outcome.reasons[0].startswith("processor")


def test_a_processor_that_this_vllm_has_wheels_for_is_sound_although_the_set_was_proven_on_another():
    """From 0.10.2 on vLLM has wheels for ARM."""
    shipped = load_matrix()
    versions = next(row for row in shipped.sets if row.pins.get("vllm") == "0.12.0").pins
    arm = judge("PIN003", on(versions, machine="aarch64", libc_version="2.39"), shipped)
    assert (arm.verdict, arm.problems) == (Verdict.HEALTHY, ())
    assert judge("PIN003", on(versions, machine="ppc64le"), shipped).verdict is Verdict.PROBLEM
    assert judge("PIN003", on(machine="aarch64"), shipped).verdict is Verdict.PROBLEM
