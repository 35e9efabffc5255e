"""What a list of versions is completed with: the requirements that the matrix knows of its releases."""

from __future__ import annotations

import dataclasses

from doctor.core.distribution import DISTRIBUTIONS, Distribution
from doctor.core.fact import Reason, SourceKind
from doctor.core.interpreter import INTERPRETER
from doctor.core.report import Cause, Outcome, Severity, Verdict
from doctor.matrix.load import load_matrix
from tests.facts import EMPTY_MATRIX, distribution, interpreter, judge, unknown

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
