"""LORA021."""

from __future__ import annotations

import dataclasses

from doctor.core.report import Verdict
from tests.adapters import folder_of, lora
from tests.facts import unknown
from tests.models import Stored
from tests.rules.lora.judging import messages, outcome


def test_biases():
    for changes in ({"bias": "all"}, {"bias": "lora_only"}, {"lora_bias": True}):
        assert "refuses it" in messages("LORA021", lora(**changes), vllm="0.32.0")[0]


def test_by_the_tensors_alone():
    draft = lora()
    name = "base_model.model.model.layers.0.self_attn.q_proj.lora_B.bias"
    draft.tensors[name] = Stored("BF16", (64,))
    for bias in (None, "none"):
        (problem,) = outcome("LORA021", draft.state(bias=bias)).problems
        assert problem.message.startswith(f"it has biases on lora_B ({name})")
        assert problem.location.where == "/adapters/0/adapter_model.safetensors"
    (problem,) = outcome("LORA021", draft.state(lora_bias=True)).problems
    assert problem.location.where == "/adapters/0/adapter_config.json"


def test_an_option_of_some_releases():
    assert "only where it is told to" in messages("LORA021", lora(bias="all"), vllm="0.8.5")[0]


def test_none():
    assert messages("LORA021", lora(bias="none", lora_bias=False)) == []
    draft = lora(bias=None)
    draft.tensors = None
    assert messages("LORA021", draft, vllm="9.9.9") == []


def test_weights_that_may_not_be_read_leave_it_open():
    folder = dataclasses.replace(folder_of(lora()), weights=unknown())
    assert outcome("LORA021", folder).verdict is Verdict.UNKNOWN
