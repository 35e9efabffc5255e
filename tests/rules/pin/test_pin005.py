"""PIN005: the stack is no newer than what the matrix knows."""

from __future__ import annotations

import pytest

from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Verdict
from tests.facts import distribution, judge, unknown
from tests.rules.pin.stacks import CUDA_STACK, stack


@pytest.mark.parametrize("version", ["0.5.5", "0.33.0", "0.33.0+cu129", "0.32.1.dev3+g12"])
def test_a_release_that_the_matrix_reaches_is_healthy(matrix, version):
    outcome = judge("PIN005", stack({"vllm": version, "torch": "2.4.0"}), matrix)
    assert outcome.verdict is Verdict.HEALTHY


@pytest.mark.parametrize("version", ["0.33.1", "0.33.0.post1", "0.34.0rc1", "1.0", "not a version"])
def test_a_newer_release_is_undetermined_and_says_what_to_do(matrix, version):
    outcome = judge("PIN005", stack({"vllm": version}), matrix)
    assert outcome.verdict is Verdict.UNKNOWN
    assert version in outcome.reasons[0]
    assert outcome.problems == ()


def test_a_hidden_one_does_not_count(matrix):
    facts = stack({"vllm": "0.33.0"})
    facts[DISTRIBUTIONS] += (distribution("vllm", "1.0", shadowed=True),)
    assert judge("PIN005", facts, matrix).verdict is Verdict.HEALTHY


def test_every_newer_one_is_named(matrix):
    outcome = judge("PIN005", stack({"vllm": "1.0", "torch": "3.0", "transformers": "4.44.2"}), matrix)
    assert [reason.split()[0] for reason in outcome.reasons] == ["vllm", "torch"]
    assert "--matrix FILE" in outcome.reasons[0]


def test_a_matrix_that_says_nothing_is_undetermined():
    assert judge("PIN005", stack(CUDA_STACK)).verdict is Verdict.UNKNOWN


def test_the_shipped_matrix_reaches_its_own_sets(shipped):
    for row in shipped.sets:
        assert judge("PIN005", stack({**row.pins, **row.alternatives}), shipped).verdict is Verdict.HEALTHY


def test_without_a_stack_it_does_not_apply(matrix):
    assert judge("PIN005", stack({"pip": "24.0"}), matrix).verdict is Verdict.NOT_APPLICABLE


def test_unknown_distributions_are_undetermined(matrix):
    assert judge("PIN005", {DISTRIBUTIONS: unknown()}, matrix).verdict is Verdict.UNKNOWN


def test_the_newest_releases_are_those_that_the_index_was_asked_about(shipped):
    """Or the files of the releases know more than the rule says, or less."""
    for name, newest in shipped.newest.items():
        known = shipped.releases.versions(name)
        assert not known or known[-1] == newest, name
