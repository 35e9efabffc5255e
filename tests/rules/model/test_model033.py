from __future__ import annotations

from typing import Any

from doctor.core.report import Severity, Verdict
from tests.facts import unknown
from tests.models import folder_of, llama
from tests.rules.model.folders import drop, judge, put


def base(**changes: Any) -> Any:
    return folder_of(llama(**changes), "/models/base")


def test_says_what_differs():
    (problem,) = judge("MODEL033", base=base(hidden_size=128, rms_norm_eps=1e-6)).problems
    assert problem.message == "hidden_size is 64 and 128 in the base; rms_norm_eps is 1e-05 and 1e-06 in the base"


def test_what_training_changes_is_a_note():
    for option in ("max_position_embeddings", "vocab_size"):
        found = judge("MODEL033", put(**{option: 4096}), base=base())
        assert [found.severity_of(problem) for problem in found.problems] == [Severity.INFO], option


def test_healthy_not_applicable_and_undetermined():
    assert judge("MODEL033", base=base()).verdict is Verdict.HEALTHY
    assert judge("MODEL033").verdict is Verdict.NOT_APPLICABLE
    assert judge("MODEL033", base=unknown()).verdict is Verdict.UNKNOWN


def test_what_one_of_the_two_does_not_state_is_not_compared():
    bare = llama()
    del bare.config["rms_norm_eps"]
    assert judge("MODEL033", base=folder_of(bare, "/models/base")).verdict is Verdict.HEALTHY
    assert judge("MODEL033", drop("rms_norm_eps"), base=base()).verdict is Verdict.HEALTHY
