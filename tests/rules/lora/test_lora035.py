"""LORA035."""

from __future__ import annotations

import re

from doctor.core.report import Verdict
from tests.adapters import lora, pair
from tests.models import llama
from tests.rules.lora.judging import messages, outcome


def test_names_with_another_prefix_and_how_to_mend_them():
    good = set(lora().tensors)
    for prefix in ("language_model.model.", "model.model.", "model.language_model.", ""):
        draft = lora().rename("base_model.model.model.", f"base_model.model.{prefix}")
        (problem,) = outcome("LORA035", draft, model=llama()).problems
        assert "vLLM serves the base model without a word" in problem.message
        new, old = re.search(r"put (\S+) for (\S+) in the names", problem.remedies[0].text).groups()
        assert {name.replace(old, new, 1) for name in draft.tensors} == good


def test_another_architecture():
    draft = lora()
    draft.tensors = pair("transformer.h.0.attn.c_attn", (192, 64))
    (message,) = messages("LORA035", draft, model=llama())
    assert "vLLM refuses it" in message


def test_a_model_for_text_and_images_has_names_of_its_own():
    vision = llama(vision_config={"hidden_size": 8}, text_config={"hidden_size": 64})
    draft = lora().rename("base_model.model.model.", "base_model.model.model.language_model.")
    assert messages("LORA035", draft, model=vision) == []


def test_names_that_match():
    assert messages("LORA035", lora(), model=llama()) == []


def test_without_a_base():
    assert outcome("LORA035", lora()).verdict is Verdict.NOT_APPLICABLE
