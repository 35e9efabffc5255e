from __future__ import annotations

from typing import Any

import pytest

from doctor.core.report import Severity, Verdict
from tests.models import Draft
from tests.rules.model.folders import OLD, judge, judge_defect, with_versions


def test_a_class_of_another_kind():
    found = judge_defect("MODEL056", "M203c")
    assert found.problems[0].message == "LlamaTokenizer does not build a BPE on bytes tokenizer"
    assert "Qwen2Tokenizer does not build a WordLevel" in judge_defect("MODEL056", "M203e").problems[0].message


def test_transformers_4_takes_the_file_as_it_is():
    found = judge_defect("MODEL056", "M203c", distributions=OLD)
    assert [found.severity_of(problem) for problem in found.problems] == [Severity.WARNING]


def test_a_class_that_the_type_forces():
    def change(draft: Draft) -> None:
        draft.config["model_type"] = "qwen2"
        draft.tokenizer["pre_tokenizer"] = draft.tokenizer["decoder"] = None

    assert "which transformers takes for qwen2," in judge("MODEL056", change).problems[0].message
    assert judge("MODEL056", change, distributions=OLD).verdict is Verdict.HEALTHY


@pytest.mark.parametrize("text", ["PreTrainedTokenizerFast", "Qwen2TokenizerFast", "GPT2Tokenizer", "FooTokenizer"])
def test_healthy(text: str):
    change = lambda draft: draft.tokenizer_config.update(tokenizer_class=text)  # noqa: E731
    assert judge("MODEL056", change).verdict is Verdict.HEALTHY


def test_a_tokenizer_that_cannot_be_read_is_told_elsewhere():
    assert judge_defect("MODEL056", "M205").verdict is Verdict.NOT_APPLICABLE


@pytest.mark.parametrize(
    "text", ["LlamaTokenizerFast", "CodeLlamaTokenizer", "GemmaTokenizer", "BertTokenizer", "T5Tokenizer"]
)
def test_classes_that_build_no_tokenizer_on_bytes(text: str):
    change = lambda draft: draft.tokenizer_config.update(tokenizer_class=text)  # noqa: E731
    (problem,) = judge("MODEL056", change).problems
    assert problem.message == f"{text.removesuffix('Fast')} does not build a BPE on bytes tokenizer"


@pytest.mark.parametrize("version", ["5.0.0", ""])
def test_transformers_5_builds_it_anew_and_so_may_one_that_nobody_names(version: str):
    versions = with_versions(**({"transformers": version} if version else {}))
    found = judge_defect("MODEL056", "M203c", distributions=versions)
    assert [found.severity_of(problem) for problem in found.problems] == [Severity.ERROR]


@pytest.mark.parametrize("stated", [None, 3, ["LlamaTokenizer"]])
def test_without_a_class_nothing_is_compared(stated: Any):
    change = lambda draft: draft.tokenizer_config.update(tokenizer_class=stated)  # noqa: E731
    assert judge("MODEL056", change).verdict is Verdict.NOT_APPLICABLE
