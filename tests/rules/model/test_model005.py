from __future__ import annotations

from typing import Any

import pytest

from doctor.core.report import Severity, Verdict
from doctor.rules.model.model005_architectures_missing import _RECOVERS
from tests.rules.model.folders import judge, put, with_versions


@pytest.mark.parametrize("value", [None, []])
@pytest.mark.parametrize(("version", "severity"), [("0.32.0", Severity.WARNING), ("0.11.0", Severity.ERROR)])
def test_old_releases_need_it_and_new_ones_guess(value: Any, version: str, severity: Severity):
    found = judge("MODEL005", put(architectures=value), distributions=with_versions(vllm=version))
    assert [found.severity_of(problem) for problem in found.problems] == [severity]
    assert "LlamaForCausalLM" in found.problems[0].remedies[0].text


@pytest.mark.parametrize("value", ["LlamaForCausalLM", [3], {}])
def test_what_is_no_list_of_names_is_an_error(value: Any):
    found = judge("MODEL005", put(architectures=value))
    assert found.severity_of(found.problems[0]) is Severity.ERROR


def test_of_a_type_that_is_not_known_the_base_tells_the_name():
    (problem,) = judge("MODEL005", put(architectures=None, model_type="a-model-of-tomorrow")).problems
    assert problem.remedies[0].text == 'Set "architectures" in config.json to what it is in that of the base model'


def test_healthy():
    assert judge("MODEL005").verdict is Verdict.HEALTHY


def test_a_version_that_cannot_be_read_leaves_it_undetermined():
    odd = with_versions(vllm="nightly")
    assert judge("MODEL005", distributions=odd).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("versions", [{}, {"vllm": str(_RECOVERS)}])
def test_what_guesses_it_and_what_is_not_installed(versions: dict[str, str]):
    (problem,) = judge("MODEL005", put(architectures=None), distributions=with_versions(**versions)).problems
    assert problem.message == "it names no architecture: vLLM has to guess it from the model type"


def test_one_name_beside_what_is_none():
    assert judge("MODEL005", put(architectures=["LlamaForCausalLM", 3])).verdict is Verdict.PROBLEM
    (problem,) = judge("MODEL005", put(architectures=None), distributions=with_versions(vllm="0.11.0")).problems
    assert problem.message == "it names no architecture: vLLM 0.11.0 needs it"
