from __future__ import annotations

from typing import Any

import pytest

from doctor.core.fact import Reason
from doctor.core.report import Verdict
from doctor.matrix.load import load_matrix
from tests.facts import EMPTY_MATRIX, absent, distribution, unknown
from tests.releases import restate
from tests.rules.model.folders import judge, put, with_versions


def test_known_and_unknown_types():
    assert judge("MODEL004").verdict is Verdict.HEALTHY
    assert "'foo9'" in judge("MODEL004", put(model_type="foo9")).problems[0].message


def test_a_type_that_vllm_reads_itself():
    assert judge("MODEL004", put(model_type="chatglm")).verdict is Verdict.HEALTHY
    alone = {"distributions": with_versions(transformers="5.19.0"), "vllm_registry": absent()}
    assert judge("MODEL004", put(model_type="chatglm"), **alone).verdict is Verdict.PROBLEM


def test_code_of_its_own_brings_its_own_type():
    assert judge("MODEL004", put(model_type="foo9", auto_map={"AutoConfig": "x.Y"})).verdict is Verdict.HEALTHY


@pytest.mark.parametrize("value", [None, "", 3])
def test_a_missing_type_is_an_error_in_every_environment(value: Any):
    found = judge("MODEL004", put(model_type=value), transformers_registry=absent())
    assert "no model_type" in found.problems[0].message


def test_without_transformers_no_type_is_unknown():
    found = judge("MODEL004", put(model_type="foo9"), transformers_registry=absent(), distributions=())
    assert found.verdict is Verdict.NOT_APPLICABLE


def test_where_its_files_are_not_found_the_matrix_is_asked():
    nowhere = {"transformers_registry": absent(), "vllm_registry": absent(), "matrix": load_matrix()}
    assert judge("MODEL004", **nowhere).verdict is Verdict.HEALTHY
    assert judge("MODEL004", put(model_type="foo9"), **nowhere).verdict is Verdict.PROBLEM
    assert judge("MODEL004", **{**nowhere, "matrix": EMPTY_MATRIX}).verdict is Verdict.UNKNOWN


def test_undetermined_without_the_registry():
    assert judge("MODEL004", put(model_type="foo9"), transformers_registry=unknown()).verdict is Verdict.UNKNOWN


def listed(*packages: tuple[str, str]) -> dict[str, Any]:
    """What a list of versions leaves open."""
    untold = unknown(Reason.NOT_STATED)
    return {
        "distributions": tuple(distribution(*package, requires=untold, requires_python=untold) for package in packages),
        "transformers_registry": untold,
        "vllm_registry": untold,
        "matrix": load_matrix(),
    }


def test_a_list_without_transformers_has_one_that_its_vllm_allows():
    """vllm 0.8.5 takes transformers 4.51.1 or newer: a type that none of them knows is not known there."""
    only_vllm = listed(("vllm", "0.8.5"))
    told = judge("MODEL004", put(model_type="foo9"), **only_vllm)
    (problem,) = told.problems
    assert "no transformers that vllm 0.8.5 allows" in problem.message
    assert any("release vllm 0.8.5" in str(item) for item in told.evidence)
    found = judge("MODEL004", put(model_type="llama"), **only_vllm)
    assert found.verdict is Verdict.UNKNOWN
    assert found.reasons[0].startswith("which transformers is installed")
    own = put(model_type="foo9", auto_map={"AutoConfig": "x.Y"})
    assert judge("MODEL004", own, **only_vllm).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("packages", [(), (("transformers", "4.51.3"),)])
def test_a_model_that_vllm_alone_has_may_come_with_its_config(packages: Any):
    """vLLM reads the config of ChatGLM itself; which configs those are, a list of versions does not state."""
    facts = listed(("vllm", "0.8.5"), *packages)
    found = judge("MODEL004", put(model_type="chatglm", architectures=["ChatGLMModel"]), **facts)
    assert (found.verdict, found.problems) == (Verdict.UNKNOWN, ())
    assert any(reason.startswith("which configs vLLM reads itself") for reason in found.reasons)


@pytest.mark.parametrize(
    "named",
    [["LlamaForCausalLM"], ["Qwen3ForCausalLM"], ["FooForCausalLM"], [], None, "ChatGLMModel", {"x": "ChatGLMModel"}],
)
def test_a_model_that_transformers_has_or_nobody_comes_with_no_config(named: Any):
    facts = listed(("vllm", "0.8.5"), ("transformers", "4.51.3"))
    found = judge("MODEL004", put(model_type="foo9", architectures=named), **facts)
    assert len(found.problems) == 1
    assert found.problems[0].message.startswith("the installed transformers does not know")
    assert not any("which configs" in reason for reason in found.reasons)


@pytest.mark.parametrize("packages", [(), (("torch", "2.6.0"),), (("vllm", "99.0"),), (("vllm", "mine"),)])
def test_a_list_without_a_vllm_that_is_known_says_nothing_of_transformers(packages: Any):
    found = judge("MODEL004", put(model_type="foo9"), **listed(*packages))
    assert found.verdict in (Verdict.UNKNOWN, Verdict.NOT_APPLICABLE)
    assert found.problems == ()


def test_an_installed_vllm_without_transformers_is_no_list():
    """What is not there in an environment that was looked at is not there."""
    facts = {"distributions": (distribution("vllm", "0.8.5", "transformers>=4.51.1"),), "matrix": load_matrix()}
    found = judge("MODEL004", put(model_type="foo9"), **facts, transformers_registry=absent())
    assert found.verdict is Verdict.NOT_APPLICABLE


@pytest.mark.parametrize("requires", [("transformers >= x y",), ("torch==2.6.0",), ("transformers>=99",), ()])
def test_a_vllm_that_does_not_say_which_transformers_it_takes(requires: tuple[str, ...]):
    """An unreadable line, none on transformers, or a range of which no release is known leaves every type possible."""
    facts = {**listed(("vllm", "0.8.5")), "matrix": restate(load_matrix(), "vllm", *requires)}
    found = judge("MODEL004", put(model_type="foo9"), **facts)
    assert (found.verdict, found.problems) == (Verdict.UNKNOWN, ())


def test_the_first_line_that_can_be_read_counts():
    facts = {
        **listed(("vllm", "0.8.5")),
        "matrix": restate(load_matrix(), "vllm", "!!", "transformers-more<1", "transformers>=4.51.1"),
    }
    (problem,) = judge("MODEL004", put(model_type="foo9"), **facts).problems
    assert "vllm 0.8.5" in problem.message
