from __future__ import annotations

from typing import Any

import pytest

from doctor.core.report import Severity, Verdict
from tests.facts import absent, unknown
from tests.rules.model.folders import OLD, judge, with_versions


def name(text: str) -> Any:
    return lambda draft: draft.tokenizer_config.update(tokenizer_class=text)


def test_transformers_4_refuses_and_5_falls_back():
    old = judge("MODEL055", name("FooTokenizer"), distributions=OLD)
    assert [old.severity_of(problem) for problem in old.problems] == [Severity.ERROR]
    new = judge("MODEL055", name("FooTokenizer"))
    assert [new.severity_of(problem) for problem in new.problems] == [Severity.WARNING]


@pytest.mark.parametrize(
    "text", ["LlamaTokenizer", "LlamaTokenizerFast", "PreTrainedTokenizerFast", "TokenizersBackend"]
)
def test_classes_that_it_has(text: str):
    assert judge("MODEL055", name(text)).verdict is Verdict.HEALTHY


def test_code_of_its_own_brings_its_class():
    change = lambda draft: draft.tokenizer_config.update(tokenizer_class="Foo", auto_map={"AutoTokenizer": "x"})  # noqa: E731
    assert judge("MODEL055", change).verdict is Verdict.HEALTHY


def test_not_applicable_and_undetermined():
    assert judge("MODEL055", transformers_registry=absent(), distributions=()).verdict is Verdict.NOT_APPLICABLE
    assert judge("MODEL055", transformers_registry=unknown()).verdict is Verdict.UNKNOWN


def test_what_comes_of_it_is_told():
    for distributions, said in (
        (OLD, "it refuses the tokenizer"),
        (with_versions(transformers="5.0.0"), "it takes the general"),
    ):
        (problem,) = judge("MODEL055", name("FooTokenizer"), distributions=distributions).problems
        assert said in problem.message


@pytest.mark.parametrize("value", [None, 3, ["LlamaTokenizer"]])
def test_what_is_no_name_is_passed_over(value: Any):
    assert judge("MODEL055", name(value)).verdict is Verdict.HEALTHY
