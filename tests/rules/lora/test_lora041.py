"""LORA041."""

from __future__ import annotations

import dataclasses

import pytest

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.artifact.model import BASE, MODEL, not_asked_for
from doctor.core.report import Severity
from doctor.core.serve import SERVE
from doctor.core.serve import not_asked_for as no_command
from tests.adapters import embedding_pair, folder_of, lora, pair
from tests.facts import judge
from tests.models import Stored, llama
from tests.models import folder_of as model_of
from tests.rules.lora.judging import MATRIX, messages, outcome


def test_another_model():
    draft = lora(base_model_name_or_path="Qwen/Qwen3-8B")
    (message,) = messages("LORA041", draft, model=llama())
    assert message == "it was trained on Qwen/Qwen3-8B, and is to be served on /models/served"
    (problem,) = outcome("LORA041", draft, model=llama()).problems
    assert problem.remedies[0].text.startswith("Compare the two models")


def test_how_sure_it_is():
    """A folder that does not say what it holds may be that model."""
    draft = lora(base_model_name_or_path="Qwen/Qwen3-8B")
    (note,) = outcome("LORA041", draft, model=llama()).problems
    (warning,) = outcome("LORA041", draft, model=llama(_name_or_path="Qwen/Qwen3-4B")).problems
    assert (note.severity, warning.severity) == (Severity.INFO, Severity.WARNING)
    assert "which is Qwen/Qwen3-4B" in warning.message
    (local,) = outcome("LORA041", draft, model=llama(_name_or_path="/home/me/x")).problems
    assert local.severity is Severity.INFO


def test_the_same_model_under_its_names():
    for name in ("/models/served", "/models/served/", "someone/Served", "unsloth/served-unsloth-bnb-4bit"):
        assert messages("LORA041", lora(base_model_name_or_path=name), model=llama()) == []


def test_the_origin_that_the_config_states():
    served = llama(_name_or_path="Qwen/Qwen3-8B")
    assert messages("LORA041", lora(base_model_name_or_path="unsloth/Qwen3-8B-bnb-4bit"), model=served) == []


def test_the_folder_of_a_cache():
    cached = "/cache/hub/models--meta-llama--Served/snapshots/" + "0" * 40
    assert messages("LORA041", lora(base_model_name_or_path=cached), model=llama()) == []


def test_names_that_only_end_alike():
    for name in ("someone/my-served", "/models/run--served", "/models/served/epoch-1", "/", "snapshots"):
        (message,) = messages("LORA041", lora(base_model_name_or_path=name), model=llama())
        assert message == f"it was trained on {name}, and is to be served on /models/served"


def test_no_name_is_another_rules_matter():
    for name in (None, "", 5):
        assert messages("LORA041", lora(base_model_name_or_path=name), model=llama()) == []


def severities(draft, model) -> list[Severity]:
    return [problem.severity for problem in outcome("LORA041", draft, model=model).problems]


def test_matrices_that_do_not_fit_show_that_it_is_another():
    draft = lora(real=True, base_model_name_or_path="Qwen/Qwen3-8B")
    (message,) = messages("LORA041", draft, model=llama())
    assert message.endswith("takes 256 inputs, and the base gives 64")
    assert severities(draft, llama()) == [Severity.ERROR]
    (problem,) = outcome("LORA041", draft, model=llama()).problems
    assert problem.remedies[0].text == "Serve it on the model that it was trained on"
    # Under its own name it is another rule's matter.
    assert severities(lora(real=True, base_model_name_or_path="someone/served"), llama()) == []


def test_modules_that_are_not_there_show_it_too():
    draft = lora(modules=("q_proj",), base_model_name_or_path="Qwen/Qwen3-8B")
    draft.tensors |= pair("model.layers.0.self_attn.W_pack", (64, 64))
    (message,) = messages("LORA041", draft, model=llama())
    assert message.endswith("that has no model.layers.0.self_attn.W_pack")
    assert severities(draft, llama()) == [Severity.ERROR]


def test_the_class_that_peft_noted():
    mapping = {"base_model_class": "Qwen2ForCausalLM", "parent_library": "transformers.models.qwen2.modeling_qwen2"}
    draft = lora(base_model_name_or_path="Qwen/Qwen2-7B", auto_mapping=mapping)
    assert severities(draft, llama()) == [Severity.ERROR]
    mapping["base_model_class"] = "LlamaForCausalLM"
    assert severities(draft, llama()) == [Severity.INFO]


def test_added_rows_of_an_embedding_show_nothing():
    draft = lora(modules=("q_proj",), base_model_name_or_path="Qwen/Qwen3-8B")
    draft.tensors |= embedding_pair("model.embed_tokens", 400, 64)
    assert severities(draft, llama()) == [Severity.INFO]
    draft.tensors |= pair("lm_head", (400, 64))
    assert severities(draft, llama()) == [Severity.INFO]
    base = llama()
    base.tensors["transformer.wte.weight"] = Stored("BF16", (320, 64))
    draft.tensors |= embedding_pair("transformer.wte", 400, 64)
    assert severities(draft, base) == [Severity.INFO]


def test_experts_and_an_adapter_without_weights_show_nothing():
    draft = lora(modules=("q_proj",), base_model_name_or_path="Qwen/Qwen3-8B")
    draft.tensors |= pair("model.layers.0.mlp.experts", (64, 32), 64)
    assert severities(draft, llama()) == [Severity.INFO]
    draft.tensors = None
    assert severities(draft, llama()) == [Severity.INFO]


@pytest.mark.parametrize("name", [None, "Qwen2Model", ["Qwen2ForCausalLM"]])
def test_a_class_that_writes_no_text_says_nothing(name):
    """PEFT notes the inner class of a model for embeddings, which is no name that a config.json states."""
    draft = lora(base_model_name_or_path="Qwen/Qwen2-7B", auto_mapping={"base_model_class": name})
    assert severities(draft, llama()) == [Severity.INFO]


def test_a_folder_of_the_cache_says_what_it_holds():
    path = "/cache/hub/models--meta-llama--Served/snapshots/" + "0" * 40
    served = dataclasses.replace(model_of(llama()), path=path)
    facts = {ADAPTERS: (folder_of(lora(base_model_name_or_path="Qwen/Qwen3-8B")),), MODEL: served}
    facts |= {BASE: not_asked_for("--base"), SERVE: no_command()}
    (problem,) = judge("LORA041", facts, MATRIX).problems
    assert problem.severity is Severity.WARNING


def test_a_base_whose_config_says_nothing_proves_nothing():
    """The names differ, and that is told; what would prove it is left open."""
    other = lora(base_model_name_or_path="Qwen/Qwen3-8B", auto_mapping={"base_model_class": "Qwen3ForCausalLM"})
    (note,) = outcome("LORA041", other, model=llama(architectures=None)).problems
    assert note.severity is Severity.INFO
    draft = llama(model_type="a-model-of-tomorrow")
    draft.tensors, draft.shards = {}, 0
    found = outcome("LORA041", lora(base_model_name_or_path="Qwen/Qwen3-8B"), model=draft)
    assert [problem.severity for problem in found.problems] == [Severity.INFO]
    assert found.undetermined


def test_a_command_that_puts_it_on_what_it_was_merged_into():
    """The base is there under --base, and the command names another folder."""
    draft, serve = lora(base_model_name_or_path="someone/Base"), "vllm serve /models/served --enable-lora"
    (problem,) = outcome("LORA041", draft, model=llama(), base=llama(), serve=serve).problems
    assert problem.severity is Severity.WARNING
    assert "if it was merged into that model, it is applied twice" in problem.message
    assert problem.remedies[0].text == "Serve someone/Base with it, or /models/served without it"
    (shown,) = outcome(
        "LORA041",
        lora(
            modules=("q_proj",),
            base_model_name_or_path="someone/Base",
            auto_mapping={"base_model_class": "Qwen2ForCausalLM"},
        ),
        model=llama(),
        base=llama(),
        serve=serve,
    ).problems
    assert shown.severity is Severity.ERROR
    assert "applied twice" not in shown.message
    (note,) = outcome("LORA041", lora(base_model_name_or_path="a/b"), model=llama(), base=llama(), serve=serve).problems
    assert note.severity is Severity.INFO
    for other in ({}, {"base": llama()}, {"serve": serve}, {"base": llama(), "serve": "vllm serve /models/served"}):
        (note,) = outcome("LORA041", draft, model=llama(), **other).problems
        assert note.severity is Severity.INFO
