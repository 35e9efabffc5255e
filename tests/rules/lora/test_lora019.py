"""LORA019."""

from __future__ import annotations

from tests.adapters import lora
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


def test_a_plain_lora():
    assert messages("LORA019", lora()) == []
