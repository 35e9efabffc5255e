from __future__ import annotations

import pytest

from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.report import Cause, Safety, Severity, Verdict
from tests.facts import absent, distribution, unknown
from tests.rules.abi.environments import (
    CUDA_NEEDS,
    VLLM,
    commands_of,
    environment,
    extension,
    judge,
    known,
    torch,
    torch_build,
)

CODE = "ABI001"
GONE = known(("c10::Error::gone [_ZN3c105Error4goneEv]",))


def test_an_extension_whose_symbols_are_all_there_is_healthy() -> None:
    assert judge(CODE, environment(extension("vllm"))).verdict is Verdict.HEALTHY


def test_a_missing_symbol_is_named_with_the_torch_that_lacks_it() -> None:
    facts = environment(
        extension("vllm", missing_symbols=GONE, missing_count=3), build=torch_build("2.5.1+cu124", "12.4")
    )
    (problem,) = judge(CODE, facts).problems
    assert problem.subject == "vllm"
    assert "_ZN3c105Error4goneEv" in problem.message
    assert "and 2 more" in problem.message
    assert "torch 2.5.1+cu124" in problem.message
    assert problem.cause is Cause.TORCH_PIN_VIOLATED
    assert problem.remedies[0].pins == ("torch==2.4.0",)


def test_several_files_of_one_distribution_are_one_problem() -> None:
    broken = [
        extension("vllm", missing_symbols=GONE, missing_count=1, path=f"/env/site-packages/vllm/_{n}.so") for n in "ABC"
    ]
    (problem,) = judge(CODE, environment(*broken)).problems
    assert "vllm/_A.so and 2 more need" in problem.message


def test_one_reason_why_nothing_can_be_searched_is_told_once() -> None:
    files = [extension("vllm", missing_symbols=unknown(), path=f"/env/site-packages/vllm/_{n}.so") for n in "ABC"]
    outcome = judge(CODE, environment(*files))
    assert outcome.verdict is Verdict.UNKNOWN
    assert outcome.reasons == ("symbols of vllm/_A.so and 2 more: the test says so (failed)",)


def test_flash_attention_has_its_own_cause_and_the_name_of_its_wheel() -> None:
    flash = distribution("flash-attn", "2.6.1", "torch")
    facts = environment(extension("flash-attn", missing_symbols=GONE, missing_count=1), distributions=(flash, torch()))
    (problem,) = judge(CODE, facts).problems
    assert problem.cause is Cause.ABI_MISMATCH_FLASH_ATTN
    assert "cu12torch2.4cxx11abiFALSE-cp311" in problem.remedies[0].text
    assert problem.remedies[0].safety is Safety.MANUAL
    assert "--no-binary=flash-attn" in problem.remedies[1].commands[0]


@pytest.mark.parametrize(("name", "severity"), [("xformers", Severity.ERROR), ("torchcodec", Severity.WARNING)])
def test_what_text_models_do_not_need_is_a_warning(name: str, severity: Severity) -> None:
    outcome = judge(CODE, environment(extension(name, missing_symbols=GONE, missing_count=1)))
    assert [outcome.severity_of(problem) for problem in outcome.problems] == [severity]


def test_symbols_that_could_not_be_looked_up_are_undetermined() -> None:
    outcome = judge(CODE, environment(extension("vllm", missing_symbols=unknown(detail="libc10.so is not there"))))
    assert outcome.verdict is Verdict.UNKNOWN
    assert "libc10.so is not there" in outcome.reasons[0]


def test_a_problem_survives_an_extension_that_could_not_be_read() -> None:
    outcome = judge(CODE, environment(unknown(), extension("vllm", missing_symbols=GONE, missing_count=1)))
    assert outcome.verdict is Verdict.PROBLEM
    assert outcome.undetermined


def test_without_torch_it_is_not_applicable() -> None:
    outcome = judge(CODE, environment(extension("vllm"), build=absent("torch is not installed")))
    assert outcome.verdict is Verdict.NOT_APPLICABLE


def test_an_extension_that_links_no_torch_is_left_alone() -> None:
    assert judge(CODE, environment(extension("triton", links_torch=False, missing_symbols=absent()))).problems == ()


@pytest.mark.parametrize(
    "other",
    [
        extension("vllm", missing_symbols=GONE, missing_count=1, cxx11_abi=known(True)),
        extension("vllm", missing_symbols=GONE, missing_count=1, needed=CUDA_NEEDS),
    ],
)
def test_what_other_rules_name_more_exactly_is_left_to_them(other: object) -> None:
    build = torch_build("2.4.0+cpu", "", architectures=absent())
    assert judge(CODE, {**environment(other), TORCH_BUILD: build}).problems == ()  # type: ignore[arg-type]


def test_a_torchvision_of_another_torch_is_left_to_its_rule() -> None:
    facts = environment(extension("torchvision", missing_symbols=GONE, missing_count=1))
    ours = distribution("torchvision", "0.19.0", "torch==2.4.0")
    theirs = distribution("torchvision", "0.17.2", "torch==2.2.2")
    (problem,) = judge(CODE, {**facts, DISTRIBUTIONS: (VLLM, torch(), ours)}).problems
    assert problem.cause is Cause.ABI_MISMATCH_OTHER
    assert commands_of(judge(CODE, {**facts, DISTRIBUTIONS: (ours, torch())}))[0].endswith("torchvision torch==2.4.0")
    assert judge(CODE, {**facts, DISTRIBUTIONS: (VLLM, torch(), theirs)}).problems == ()


def test_a_file_that_is_named_for_another_torch_is_not_loaded_and_not_judged() -> None:
    one = "/env/site-packages/torch_c_dlpack_ext/libtorch_c_dlpack_addon_torch{}-cpu.so"
    others, own = (
        [extension("torch-c-dlpack-ext", missing_symbols=GONE, missing_count=1, path=one.format(torch))]
        for torch in ("29", "24")
    )
    assert judge(CODE, environment(*others, build=torch_build("2.4.0"))).verdict is Verdict.HEALTHY
    assert judge(CODE, environment(*own, build=torch_build("2.4.0"))).verdict is Verdict.PROBLEM


def test_an_extension_that_links_no_torch_may_lack_what_it_likes() -> None:
    other = extension("triton", links_torch=False, missing_symbols=GONE, missing_count=1)
    assert judge(CODE, environment(other)).problems == ()


def test_what_is_left_to_another_rule_hides_nothing_behind_it() -> None:
    broken = [extension(name, missing_symbols=GONE, missing_count=1) for name in ("torchvision", "vllm")]
    theirs = distribution("torchvision", "0.17.2", "torch==2.2.2")
    outcome = judge(CODE, environment(*broken, distributions=(theirs, VLLM, torch())))
    assert [problem.subject for problem in outcome.problems] == ["vllm"]


@pytest.mark.parametrize(("count", "more"), [(1, ""), (2, " and 1 more")])
def test_the_message_says_how_many_and_what_the_pin_says(count: int, more: str) -> None:
    broken = extension("vllm", missing_symbols=GONE, missing_count=count)

    def message(version: str) -> str:
        (problem,) = judge(CODE, environment(broken, build=torch_build(version))).problems
        return problem.message.partition(" need")[2]

    start = f"s c10::Error::gone [_ZN3c105Error4goneEv]{more}, which torch"
    assert message("2.4.0") == f"{start} 2.4.0 does not define: vllm was built for another torch"
    assert message("2.5.1").endswith("vllm was built for another torch (vllm states torch==2.4.0)")


@pytest.mark.parametrize(("count", "more"), [(1, ""), (2, " and 1 more")])
def test_the_reason_why_nothing_can_be_searched_names_how_many(count: int, more: str) -> None:
    files = [
        extension("vllm", missing_symbols=unknown(), path=f"/env/site-packages/vllm/_{n}.so") for n in "AB"[:count]
    ]
    assert judge(CODE, environment(*files)).reasons == (f"symbols of vllm/_A.so{more}: the test says so (failed)",)
