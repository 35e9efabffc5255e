from __future__ import annotations

from doctor.core.report import Severity, Verdict
from tests.facts import absent, unknown
from tests.rules.model.folders import judge, put

MAP = {"AutoModelForCausalLM": "modeling_custom.CustomForCausalLM"}


def test_code_for_a_type_that_nothing_else_has():
    found = judge("MODEL032", put(model_type="custom", auto_map=MAP))
    assert [found.severity_of(problem) for problem in found.problems] == [Severity.ERROR]
    assert "--trust-remote-code" in found.problems[0].message


def test_left_over_for_a_type_that_is_built_in():
    found = judge("MODEL032", put(auto_map=MAP))
    assert [found.severity_of(problem) for problem in found.problems] == [Severity.WARNING]


def test_the_tokenizer_may_have_code_too():
    found = judge("MODEL032", lambda draft: draft.tokenizer_config.update(auto_map=MAP))
    assert [problem.subject for problem in found.problems] == ["tokenizer_config.json"]


def test_healthy_and_undetermined():
    assert judge("MODEL032").verdict is Verdict.HEALTHY
    assert judge("MODEL032", transformers_registry=unknown()).verdict is Verdict.UNKNOWN


def test_without_transformers_no_type_is_built_in():
    found = judge("MODEL032", put(auto_map=MAP), transformers_registry=absent())
    assert [found.severity_of(problem) for problem in found.problems] == [Severity.ERROR]
