"""LORA037."""

from __future__ import annotations

from doctor.core.report import Verdict
from tests.adapters import embedding_pair, lora, pair
from tests.models import Draft, Stored, llama
from tests.rules.lora.judging import messages, outcome


def test_another_hidden_size():
    (message,) = messages("LORA037", lora(), model=llama(hidden_size=96))
    assert "takes 64 inputs, and the base gives 96" in message


def test_other_outputs():
    (message,) = messages("LORA037", lora(modules=("k_proj",)), model=llama(num_key_value_heads=4))
    assert "gives 32 outputs, and the base takes 64 (and 1 more)" in message


def test_an_embedding_of_another_vocabulary():
    draft = lora()
    draft.tensors |= embedding_pair("model.embed_tokens", 300, 64)
    (message,) = messages("LORA037", draft, model=llama())
    assert "takes 300 inputs, and the base gives 320" in message


def test_sizes_that_fit():
    draft = lora()
    draft.tensors |= embedding_pair("model.embed_tokens", 320, 64)
    assert messages("LORA037", draft, base=llama()) == []


def test_weights_that_are_stored_the_other_way_round():
    """GPT-2 keeps inputs x outputs, and PEFT says so with fan_in_fan_out."""
    base = llama()
    base.tensors["transformer.h.0.attn.c_attn.weight"] = Stored("BF16", (64, 192))
    draft = lora(fan_in_fan_out=True)
    draft.tensors = pair("transformer.h.0.attn.c_attn", (192, 64))
    assert messages("LORA037", draft, model=base) == []
    assert messages("LORA037", draft.state(fan_in_fan_out=False), model=base) != []
    assert messages("LORA037", lora(fan_in_fan_out=True), model=llama()) == []


def test_packed_weights_are_known_by_formula():
    base = llama()
    base.tensors = {name: Stored("U8", (tensor.size // 4, 1)) for name, tensor in base.tensors.items()}
    assert messages("LORA037", lora(), model=base) == []
    assert len(messages("LORA037", lora(modules=("k_proj",)), model=narrow(base))) == 1


def narrow(base: Draft) -> Draft:
    base.config["num_key_value_heads"] = 1
    return base


def test_packed_weights_without_a_formula():
    base = llama(model_type="some-new-one")
    base.tensors = {"model.layers.0.self_attn.k_proj.weight": Stored("U8", (64, 1))}
    assert outcome("LORA037", lora(), model=base).verdict is Verdict.UNKNOWN


def test_an_output_layer_that_is_tied_has_the_size_of_the_embedding():
    """Such a base stores no tensor of its own for lm_head."""
    base = llama(model_type="a-model-of-tomorrow")
    del base.tensors["lm_head.weight"]
    draft = lora()
    draft.tensors |= pair("lm_head", (320, 64))
    assert messages("LORA037", draft, model=base) == []
    draft.tensors |= pair("lm_head", (300, 64))
    (message,) = messages("LORA037", draft, model=base)
    assert "gives 300 outputs, and the base takes 320" in message


def test_without_matrices_no_base_is_asked_for_and_without_a_config_they_are_compared():
    draft = lora()
    draft.config = None
    assert len(messages("LORA037", draft, model=llama(hidden_size=96))) == 1
    draft.tensors = {"base_model.model.score.weight": Stored("BF16", (2, 64))}
    assert outcome("LORA037", draft).verdict is Verdict.HEALTHY
