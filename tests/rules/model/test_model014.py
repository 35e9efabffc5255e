from __future__ import annotations

import pytest

from doctor.core.report import Verdict
from doctor.rules.model.model014_tied_head_in_files import _LOADED, _TORN
from tests.rules.model.folders import OLD, judge, judge_defect, with_versions


def test_new_releases_use_it():
    found = judge_defect("MODEL014", "M120")
    assert "older releases discard it" in found.problems[0].message


def test_old_releases_discard_it():
    found = judge_defect("MODEL014", "M120", distributions=OLD)
    assert "vLLM 0.5.5 and transformers 4.44.2 discard it" in found.problems[0].message


def test_healthy():
    assert judge("MODEL014").verdict is Verdict.HEALTHY
    assert judge_defect("MODEL014", "M002").verdict is Verdict.HEALTHY


@pytest.mark.parametrize("versions", [{}, {"vllm": str(_LOADED), "transformers": str(_TORN)}])
def test_the_first_releases_that_use_it_and_none_at_all(versions):
    (problem,) = judge_defect("MODEL014", "M120", distributions=with_versions(**versions)).problems
    assert problem.message.endswith("older releases discard it, newer ones use it")


def test_one_of_the_two():
    (problem,) = judge_defect("MODEL014", "M120", distributions=with_versions(vllm="0.28.0")).problems
    assert problem.message.endswith(": vLLM 0.28.0 discards it")
