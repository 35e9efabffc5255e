"""LORA019."""

from __future__ import annotations

import dataclasses

from doctor.core.fact import Reason
from doctor.core.report import Verdict
from tests.adapters import folder_of, lora
from tests.facts import unknown
from tests.models import Stored
from tests.rules.lora.judging import messages, outcome


def test_refused_by_all():
    for vllm in ("0.5.5", "0.6.5", "0.32.0", None):
        assert "refuses it" in messages("LORA019", lora(use_dora=True), vllm=vllm)[0]


def test_by_the_tensors_alone():
    draft = lora()
    draft.tensors["base_model.model.model.layers.0.self_attn.q_proj.lora_magnitude_vector"] = Stored("BF16", (64,))
    (message,) = messages("LORA019", draft)
    assert "lora_magnitude_vector of a DoRA" in message


def test_the_remedy_is_to_merge():
    (problem,) = outcome("LORA019", lora(use_dora=True)).problems
    assert [remedy.commands[0][0] for remedy in problem.remedies] == ["python"]


def test_it_is_merged_into_the_base_that_the_user_names():
    """And into the one that its config names where none is."""
    folder = folder_of(lora(use_dora=True))
    for given, named in (("/models/my base", '"/models/my base"'), ("", "base.base_model_name_or_path")):
        (problem,) = outcome("LORA019", dataclasses.replace(folder, given_base=given)).problems
        ((_, _, code),) = problem.remedies[0].commands
        compile(code, "the remedy", "exec")
        assert named in code


def test_a_plain_lora():
    assert messages("LORA019", lora()) == []


def test_by_names_that_somebody_states_without_the_config():
    draft = lora()
    draft.tensors["base_model.model.model.layers.0.self_attn.q_proj.lora_magnitude_vector"] = Stored("BF16", (64,))
    folder = dataclasses.replace(folder_of(draft), config=unknown(Reason.NOT_STATED))
    found = outcome("LORA019", folder)
    assert "lora_magnitude_vector of a DoRA" in found.problems[0].message
    assert found.undetermined


def test_without_weights_the_config_tells_it():
    draft = lora(use_dora=True)
    draft.tensors = None
    assert messages("LORA019", draft)[0].startswith("it is a DoRA (use_dora)")
    assert messages("LORA019", draft.state(use_dora=False)) == []


def test_weights_that_may_not_be_read_leave_it_open():
    folder = dataclasses.replace(folder_of(lora()), weights=unknown())
    assert outcome("LORA019", folder).verdict is Verdict.UNKNOWN
