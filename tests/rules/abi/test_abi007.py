from __future__ import annotations

import pytest

from doctor.core.packages.extension import EXTENSIONS
from doctor.core.report import Cause, Safety, Verdict
from tests.facts import platform, unknown
from tests.rules.abi.environments import environment, extension, judge

CODE = "ABI007"


@pytest.mark.parametrize(("needed", "present"), [("2.34", "2.34"), ("2.4", "2.17"), ("2.2.5", "2.36"), ("", "2.5")])
def test_a_system_that_is_as_new_is_healthy(needed: str, present: str) -> None:
    facts = environment(extension("vllm", glibc=needed), system=platform(libc_version=present))
    assert judge(CODE, facts).verdict is Verdict.HEALTHY


def test_an_older_system_is_named_with_what_is_needed() -> None:
    facts = environment(
        extension("vllm", glibc="2.14"), extension("vllm", glibc="2.34"), system=platform(libc_version="2.28")
    )
    outcome = judge(CODE, facts)
    (problem,) = outcome.problems
    assert "needs glibc 2.34" in problem.message
    assert "glibc 2.28" in problem.message
    assert outcome.cause_of(problem) is Cause.PLATFORM_OR_GLIBC
    assert problem.remedies[0].safety is Safety.MANUAL


def test_a_system_without_glibc_runs_none_of_them() -> None:
    facts = environment(extension("vllm", glibc="2.14"), system=platform(libc="musl", libc_version="1.2"))
    assert judge(CODE, facts).verdict is Verdict.PROBLEM


def test_an_unknown_c_library_is_undetermined() -> None:
    facts = environment(extension("vllm", glibc="2.14"), system=platform(libc_version=""))
    assert judge(CODE, facts).verdict is Verdict.UNKNOWN


def test_an_extension_that_could_not_be_read_is_undetermined() -> None:
    assert judge(CODE, {**environment(), EXTENSIONS: (unknown(),)}).verdict is Verdict.UNKNOWN


def test_a_helper_that_is_not_loaded_does_not_count() -> None:
    helper = extension("triton", glibc="2.99", links_torch=False, path="/env/triton/backends/amd/lib/libcodegen.so")
    assert judge(CODE, environment(helper)).verdict is Verdict.HEALTHY


def test_of_several_the_newest_that_is_needed_is_named_and_the_system() -> None:
    items = extension("vllm", glibc="2.14"), extension("vllm", glibc="2.34"), extension("vllm", glibc="2.9")
    (problem,) = judge(CODE, environment(*items, system=platform(libc_version="2.5"))).problems
    assert "glibc 2.34, and Debian GNU/Linux 12 has glibc 2.5" in problem.message
    (problem,) = judge(CODE, environment(*items, system=platform(libc_version="2.5", distribution=""))).problems
    assert "and Linux has glibc 2.5" in problem.message


def test_of_another_c_library_the_version_does_not_matter_and_of_glibc_it_has_to_be_known() -> None:
    item = extension("vllm", glibc="2.14")
    assert judge(CODE, environment(item, system=platform(libc="musl", libc_version=""))).verdict is Verdict.PROBLEM
    outcome = judge(CODE, environment(item, system=platform(libc_version="")))
    assert outcome.reasons == ("the version of the C library is not known",)


def test_libtriton_is_loaded_without_linking_torch() -> None:
    item = extension("triton", glibc="2.99", links_torch=False, path="/env/triton/_C/libtriton.so")
    assert judge(CODE, environment(item)).verdict is Verdict.PROBLEM
