from __future__ import annotations

from doctor.core.report import Severity, Verdict
from tests.rules.model.folders import drop, judge, put


def test_what_changes_answers_is_a_warning_and_the_rest_a_note():
    found = judge("MODEL031", drop("rms_norm_eps", "num_key_value_heads", "rope_theta", "rope_parameters"))
    told = {problem.message: found.severity_of(problem) for problem in found.problems}
    assert told == {
        "it does not state rms_norm_eps: the class decides": Severity.WARNING,
        "it does not state num_key_value_heads and rope_theta: the class decides": Severity.INFO,
    }


def test_healthy_and_not_applicable():
    assert judge("MODEL031").verdict is Verdict.HEALTHY
    assert judge("MODEL031", drop("rope_theta")).verdict is Verdict.HEALTHY
    assert judge("MODEL031", put(model_type="gpt_oss")).verdict is Verdict.NOT_APPLICABLE


def test_a_stub_without_sizes_is_another_rules_matter():
    assert judge("MODEL031", drop("hidden_size")).verdict is Verdict.NOT_APPLICABLE
