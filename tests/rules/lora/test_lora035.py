"""LORA035."""

from __future__ import annotations

import re

from doctor.core.report import Verdict
from doctor.rules.lora.names import PREFIX
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


def test_experts_alone_are_not_looked_for():
    """LORA056 compares them with the base, so that none is asked for here."""
    draft = lora(modules=())
    draft.tensors = pair("model.layers.0.mlp.experts", (64, 32), 64)
    assert outcome("LORA035", draft).verdict is Verdict.HEALTHY
    draft.tensors |= pair("transformer.h.0.attn.c_attn", (192, 64))
    assert "none of its 1 modules is one of /models/served" in messages("LORA035", draft, model=llama())[0]


def test_where_one_module_matches_another_rule_tells_of_the_rest():
    draft = lora(modules=("q_proj",))
    draft.tensors |= pair("transformer.h.0.attn.c_attn", (192, 64))
    assert messages("LORA035", draft, model=llama()) == []


def test_one_module_that_vllm_does_not_know_makes_it_refuse_all():
    draft = lora(modules=("q_proj",)).rename("model.layers", "layers")
    assert "serves the base model without a word" in messages("LORA035", draft, model=llama())[0]
    draft.tensors |= pair("layers.0.attn.c_attn", (192, 64))
    assert "vLLM refuses it" in messages("LORA035", draft, model=llama())[0]


def test_the_names_are_told_as_they_are_written():
    draft = lora(modules=("q_proj",)).rename("model.layers", "layers")
    first, *others = draft.tensors
    mixed = {first: draft.tensors[first]} | {name.removeprefix(PREFIX): draft.tensors[name] for name in others}
    bare = {name.removeprefix(PREFIX): item for name, item in draft.tensors.items()}
    for tensors, prefix in ((draft.tensors, PREFIX), (mixed, PREFIX), (bare, "")):
        draft.tensors = tensors
        (problem,) = outcome("LORA035", draft, model=llama()).problems
        assert f"put {prefix}model.layers. for {prefix}layers. in" in problem.remedies[0].text
