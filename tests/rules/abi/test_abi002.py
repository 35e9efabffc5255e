from __future__ import annotations

import pytest

from doctor.core.report import Cause, Verdict
from tests.facts import absent, unknown
from tests.rules.abi.environments import environment, extension, judge, known, torch_build

CODE = "ABI002"


@pytest.mark.parametrize("abi", [True, False])
def test_the_same_abi_is_healthy(abi: bool) -> None:
    facts = environment(extension("vllm", cxx11_abi=known(abi)), build=torch_build(cxx11_abi=known(abi)))
    assert judge(CODE, facts).verdict is Verdict.HEALTHY


@pytest.mark.parametrize(
    ("name", "cause"), [("flash-attn", Cause.ABI_MISMATCH_FLASH_ATTN), ("vllm", Cause.ABI_MISMATCH_OTHER)]
)
def test_the_other_abi_is_named_on_both_sides(name: str, cause: Cause) -> None:
    facts = environment(extension(name, cxx11_abi=known(True)), build=torch_build(cxx11_abi=known(False)))
    (problem,) = judge(CODE, facts).problems
    uses, has = problem.message.split(", and torch 2.4.0 has ")
    assert "_GLIBCXX_USE_CXX11_ABI=1" in uses
    assert "_GLIBCXX_USE_CXX11_ABI=0" in has
    assert problem.cause is cause


def test_an_extension_that_passes_no_string_fits_every_abi() -> None:
    facts = environment(extension("vllm", cxx11_abi=absent()), build=torch_build(cxx11_abi=unknown()))
    assert judge(CODE, facts).verdict is Verdict.HEALTHY


@pytest.mark.parametrize(
    ("ours", "theirs"), [(unknown(), known(False)), (known(False), unknown())], ids=["torch", "extension"]
)
def test_an_unknown_abi_is_undetermined(ours: object, theirs: object) -> None:
    facts = environment(extension("vllm", cxx11_abi=theirs), build=torch_build(cxx11_abi=ours))
    assert judge(CODE, facts).verdict is Verdict.UNKNOWN


def test_a_file_that_is_named_for_another_torch_is_not_judged() -> None:
    path = "/env/site-packages/torch_c_dlpack_ext/libtorch_c_dlpack_addon_torch210-cpu.so"
    file = extension("torch-c-dlpack-ext", cxx11_abi=known(True), path=path)
    facts = environment(file, build=torch_build("2.4.0", cxx11_abi=known(False)))
    assert judge(CODE, facts).verdict is Verdict.HEALTHY
    facts = environment(file, build=torch_build("2.10.0", cxx11_abi=known(False)))
    assert judge(CODE, facts).verdict is Verdict.PROBLEM
