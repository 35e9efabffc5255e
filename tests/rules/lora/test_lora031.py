"""LORA031."""

from __future__ import annotations

import dataclasses

from doctor.core.report import Verdict
from tests.adapters import folder_of, lora
from tests.facts import unknown
from tests.models import Stored
from tests.rules.lora.judging import messages, outcome


def test_a_head():
    draft = lora(task_type="SEQ_CLS")
    draft.tensors["base_model.model.score.weight"] = Stored("BF16", (2, 64))
    assert messages("LORA031", draft)[0].startswith("it holds a head (score)")
    (problem,) = outcome("LORA031", draft.state(base_model_name_or_path="me/my base")).problems
    assert "(vllm serve 'me/my base' --runner pooling, " in problem.remedies[0].text


def test_a_task_alone():
    assert "the task TOKEN_CLS" in messages("LORA031", lora(task_type="TOKEN_CLS"))[0]


def test_tasks_that_write_text():
    for task in ("CAUSAL_LM", None):
        assert messages("LORA031", lora(task_type=task)) == []


def test_a_head_of_an_adapter_that_writes_text_and_one_without_weights():
    draft = lora(task_type="CAUSAL_LM")
    draft.tensors["base_model.model.classifier.weight"] = Stored("BF16", (2, 64))
    assert messages("LORA031", draft)[0].startswith("it holds a head (classifier)")
    draft.tensors = None
    assert messages("LORA031", draft) == []


def test_weights_that_may_not_be_read_leave_it_open():
    folder = dataclasses.replace(folder_of(lora()), weights=unknown())
    assert outcome("LORA031", folder).verdict is Verdict.UNKNOWN
