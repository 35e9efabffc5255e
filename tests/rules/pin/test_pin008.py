"""PIN008: the installed flash-attn has a prebuilt wheel for the installed torch, or was compiled for it."""

from __future__ import annotations

import pytest

from doctor.core.fact import Reason
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.extension import EXTENSIONS, TORCH_BUILD
from doctor.core.report import Cause, Severity, Verdict
from doctor.matrix.load import load_matrix
from tests.facts import absent, distribution, extension, interpreter, judge, known, torch_build, unknown

CODE = "PIN008"
MATRIX = load_matrix()
NOT_STATED = unknown(Reason.NOT_STATED)


def stated(flash: str, torch: str, *others, python: str = "3.11.7", **facts):
    distributions = (distribution("flash-attn", flash), distribution("torch", torch), *others)
    base = {
        INTERPRETER: interpreter(python),
        DISTRIBUTIONS: distributions,
        EXTENSIONS: NOT_STATED,
        TORCH_BUILD: NOT_STATED,
    }
    return {**base, **facts}


@pytest.mark.parametrize(
    ("flash", "torch", "python"),
    [
        ("2.8.3", "2.7.1", "3.11.7"),
        ("2.8.3", "2.8.0+cu129", "3.13.1"),
        ("2.7.4.post1", "2.6.0", "3.12.0"),
        ("2.6.3", "2.4.0+cu118", "3.10.4"),
    ],
)
def test_a_release_with_a_wheel_for_this_torch_is_healthy(flash, torch, python):
    assert judge(CODE, stated(flash, torch, python=python), MATRIX).verdict is Verdict.HEALTHY


@pytest.mark.parametrize(
    ("flash", "torch", "python"),
    [
        ("2.8.3", "2.10.0", "3.11.7"),  # https://github.com/Dao-AILab/flash-attention/issues/2299
        ("2.7.4.post1", "2.7.0", "3.11.7"),
        ("2.8.3", "2.4.0", "3.13.1"),
        ("2.7.4.post1", "2.5.1+cu118", "3.11.7"),
    ],
)
def test_a_release_without_one_is_a_warning(flash, torch, python):
    found = judge(CODE, stated(flash, torch, python=python), MATRIX)
    (problem,) = found.problems
    assert (found.severity_of(problem), found.cause_of(problem)) == (Severity.WARNING, Cause.ABI_MISMATCH_FLASH_ATTN)
    assert f"flash-attn {flash} has no prebuilt wheel for torch" in problem.message


@pytest.mark.parametrize(
    ("flash", "torch", "abi"),
    [("2.7.4.post1+cu12torch2.6", "2.7.0", "cxx11abiTRUE"), ("2.8.3", "2.5.1+cu118", "cxx11abiFALSE")],
)
def test_one_with_a_label_is_judged_by_its_release(flash, torch, abi):
    (problem,) = judge(CODE, stated(flash, torch), MATRIX).problems
    assert f"flash-attn {flash.partition('+')[0]} has no prebuilt wheel" in problem.message and abi in problem.message
    compile_it = problem.remedies[1].commands[0]
    assert compile_it[-1] == f"flash-attn=={flash.partition('+')[0]}"


def test_the_wheels_of_the_release_are_evidence():
    found = judge(CODE, stated("2.8.3", "2.7.1"), MATRIX)
    assert "wheels of flash-attn 2.8.3" in [item.key for item in found.evidence]


def test_what_was_compiled_here_is_judged_by_its_symbols():
    read = (known(extension("xformers")), known(extension("flash-attn")))
    found = judge(CODE, stated("2.8.3", "2.10.0") | {EXTENSIONS: read}, MATRIX)
    assert (found.verdict, found.problems) == (Verdict.HEALTHY, ())


@pytest.mark.parametrize("extensions", [absent(), (unknown(), known(extension("xformers")))])
def test_where_no_file_of_it_was_read_the_wheels_tell(extensions):
    found = judge(CODE, stated("2.8.3", "2.10.0") | {EXTENSIONS: extensions}, MATRIX)
    assert [problem.subject for problem in found.problems] == ["flash-attn"]


def test_the_remedies_name_a_release_that_has_a_wheel_the_compiler_and_vllm():
    facts = stated("2.7.4.post1", "2.7.0", distribution("vllm", "0.9.0"))
    remedies = judge(CODE, facts, MATRIX).problems[0].remedies
    assert remedies[0].commands[0][-1].endswith("%2Bcu12torch2.7cxx11abiTRUE-cp311-cp311-linux_x86_64.whl")
    assert "--no-build-isolation" in remedies[1].commands[0]
    assert "uninstall" in remedies[2].commands[0] and "vllm" in remedies[2].text


def test_where_no_release_has_one_the_name_is_told():
    remedies = judge(CODE, stated("2.8.3", "2.11.0"), MATRIX).problems[0].remedies
    assert "cu13torch2.11cxx11abiTRUE-cp311" in remedies[0].text


@pytest.mark.parametrize("flash", ["2.99", "3.0.0b1", "odd"])
def test_a_release_that_the_matrix_does_not_know_is_undetermined(flash):
    assert judge(CODE, stated(flash, "2.8.0"), MATRIX).verdict is Verdict.UNKNOWN


def test_a_torch_that_the_matrix_does_not_know_is_undetermined():
    assert judge(CODE, stated("2.8.3", "2.99.0"), MATRIX).verdict is Verdict.UNKNOWN
    assert judge(CODE, stated("2.8.3", "2.8.0")).verdict is Verdict.UNKNOWN


def test_files_that_could_not_be_read_are_undetermined():
    facts = stated("2.8.3", "2.8.0") | {TORCH_BUILD: torch_build("2.8.0", "12.8", cxx11_abi=unknown())}
    assert judge(CODE, facts, MATRIX).verdict is Verdict.UNKNOWN
    assert judge(CODE, stated("2.8.3", "2.8.0") | {EXTENSIONS: unknown()}, MATRIX).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    "facts",
    [
        stated("2.8.3", "2.8.0+cpu"),
        stated("2.8.3", "2.8.0") | {TORCH_BUILD: torch_build("2.8.0", "")},
        {**stated("2.8.3", "2.8.0"), DISTRIBUTIONS: (distribution("torch", "2.8.0"),)},
        {
            **stated("2.8.3", "2.8.0"),
            TORCH_BUILD: absent("gone"),
            DISTRIBUTIONS: (distribution("flash-attn", "2.8.3"),),
        },
    ],
)
def test_without_both_or_without_cuda_it_does_not_apply(facts):
    assert judge(CODE, facts, MATRIX).verdict is Verdict.NOT_APPLICABLE
