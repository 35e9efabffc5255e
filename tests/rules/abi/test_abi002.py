from __future__ import annotations

import pytest

from doctor.core.report import Cause, Verdict
from tests.facts import absent, distribution, unknown
from tests.rules.abi.environments import (
    CUDA_NEEDS,
    commands_of,
    environment,
    extension,
    judge,
    known,
    torch,
    torch_build,
)

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


def test_an_extension_whose_abi_could_not_be_read_hides_no_other() -> None:
    other, unread = extension("flash-attn", cxx11_abi=known(True)), extension("vllm", cxx11_abi=unknown())
    assert judge(CODE, environment(unread)).verdict is Verdict.UNKNOWN
    outcome = judge(CODE, environment(unread, other))
    assert [problem.subject for problem in outcome.problems] == ["flash-attn"]
    assert outcome.undetermined


@pytest.mark.parametrize(
    ("version", "subjects"), [("0.20.1", []), ("0.19.0", ["torchvision"]), ("mine", ["torchvision"])]
)
def test_a_torchvision_of_another_torch_is_told_once(version: str, subjects: list[str]) -> None:
    """ABI008 says it; of a version that cannot be read it says nothing, and the symbols count."""
    facts = environment(
        extension("torchvision", cxx11_abi=known(True)), distributions=(torch(), distribution("torchvision", version))
    )
    assert [problem.subject for problem in judge(CODE, facts).problems] == subjects


def test_a_torch_whose_version_cannot_be_read_is_no_other_than_a_file_names() -> None:
    path = "/env/site-packages/torch_c_dlpack_ext/libtorch_c_dlpack_addon_torch210-cpu.so"
    file = extension("torch-c-dlpack-ext", cxx11_abi=known(True), path=path)
    facts = environment(file, build=torch_build("built by hand", cxx11_abi=known(False)))
    assert judge(CODE, facts).verdict is Verdict.PROBLEM


def test_a_requirement_that_cannot_be_read_hides_no_pin_behind_it() -> None:
    """The pin on torch is what the remedy installs."""
    vllm = distribution("vllm", "0.5.5", "torch is needed!", "torch==2.4.0")
    facts = environment(
        extension("vllm", cxx11_abi=known(True)), build=torch_build("2.5.1"), distributions=(vllm, torch("2.5.1"))
    )
    outcome = judge(CODE, facts)
    assert outcome.problems[0].cause is Cause.TORCH_PIN_VIOLATED
    assert commands_of(outcome)[0].endswith(" torch==2.4.0")


def test_an_extension_that_links_no_torch_passes_it_no_string() -> None:
    facts = environment(extension("bitsandbytes", links_torch=False, cxx11_abi=known(True)))
    assert judge(CODE, facts).verdict is Verdict.HEALTHY


def test_what_is_not_judged_hides_nothing_behind_it() -> None:
    """Torch itself, what links no torch, what is for another torch, and what another rule tells."""
    path = "/env/site-packages/torch_c_dlpack_ext/libtorch_c_dlpack_addon_torch210-cpu.so"
    skipped = (
        extension("torch", cxx11_abi=known(True)),
        extension("bitsandbytes", links_torch=False, cxx11_abi=known(True)),
        extension("torch-c-dlpack-ext", cxx11_abi=known(True), path=path),
        extension("torchvision", cxx11_abi=known(True)),
    )
    facts = environment(
        *skipped,
        extension("vllm", cxx11_abi=known(True)),
        build=torch_build("2.4.0", cxx11_abi=known(False)),
        distributions=(torch(), distribution("torchvision", "0.20.1")),
    )
    assert [problem.subject for problem in judge(CODE, facts).problems] == ["vllm"]


def test_an_extension_for_cuda_on_a_torch_for_the_cpu_is_told_once() -> None:
    """ABI003 says it."""
    build = torch_build("2.4.0+cpu", "", architectures=absent(), cxx11_abi=known(False))
    item = extension("vllm", needed=CUDA_NEEDS, cxx11_abi=known(True))
    assert judge(CODE, environment(item, build=build)).verdict is Verdict.HEALTHY
