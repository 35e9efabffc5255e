"""What is read of the base that adapters are put on, through the rules that ask for it."""

from __future__ import annotations

import dataclasses

import pytest

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.artifact.model import BASE, MODEL, ModelFolder, not_asked_for
from doctor.core.artifact.tensors import Damage
from doctor.core.report import Outcome, Verdict
from tests import models
from tests.adapters import Draft, folder_of, lora, pair
from tests.facts import judge, unknown
from tests.models import Stored, llama
from tests.rules.lora.judging import MATRIX, messages, outcome

SHORT = Damage(kind="short", detail="it is cut off")
NEW = "a-model-of-tomorrow"
"""A type of model that has no formula, so that its weights alone tell its modules."""


def packed(form: str) -> models.Draft:
    """A base of a new type in 4 bit: norms and embeddings are left as they are."""
    base = llama(model_type=NEW)
    tensors = {}
    for name, tensor in base.tensors.items():
        outputs, inputs = (*tensor.shape, 0)[:2]
        if ".layers." not in name or not inputs:
            tensors[name] = tensor
        elif form == "bitsandbytes":
            tensors[name] = Stored("U8", (outputs * inputs // 2, 1))
        else:
            module = name.removesuffix(".weight")
            tensors[f"{module}.qweight"] = Stored("I32", (inputs, outputs // 8))
            tensors[f"{module}.scales"] = Stored("F16", (inputs // 32, outputs))
    base.tensors = tensors
    return base


def judged(code: str, folder: ModelFolder, draft: Draft | None = None) -> Outcome:
    facts = {MODEL: folder, BASE: not_asked_for("--base"), ADAPTERS: (folder_of(draft or lora()),)}
    return judge(code, facts, MATRIX)


@pytest.mark.parametrize("dtype", ["F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2", "I8"])
def test_weights_of_an_element_each_tell_the_sizes(dtype: str):
    base = llama(model_type=NEW)
    base.tensors = {name: Stored(dtype, tensor.shape) for name, tensor in base.tensors.items()}
    assert messages("LORA037", lora(), model=base) == []
    base.tensors["model.layers.1.self_attn.q_proj.weight"] = Stored(dtype, (64, 32))
    (message,) = messages("LORA037", lora(), model=base)
    assert "takes 64 inputs, and the base gives 32:" in message


@pytest.mark.parametrize("form", ["bitsandbytes", "awq"])
def test_packed_weights_tell_the_modules_and_not_their_sizes(form: str):
    draft, base = lora(), packed(form)
    assert messages("LORA035", draft, model=base) == []
    assert messages("LORA036", draft, model=base) == []
    found = outcome("LORA037", draft, model=base)
    assert (found.verdict, found.problems) == (Verdict.UNKNOWN, ())
    assert found.reasons[0].startswith("the sizes of the modules of /models/served are not known")
    assert outcome("LORA037", lora(modules=()), model=base).verdict is Verdict.HEALTHY
    draft.tensors |= pair("model.layers.0.self_attn.W_pack", (64, 64))
    (message,) = messages("LORA036", draft, model=base)
    assert "1 of its 15 modules" in message
    assert "refuses the whole adapter because of W_pack" in message
    draft = lora(modules=("q_proj",)).rename("model.layers", "layers")
    assert "serves the base model without a word" in messages("LORA035", draft, model=base)[0]


def test_an_embedding_that_is_not_packed_is_compared_all_the_same():
    draft = lora()
    draft.tensors |= pair("lm_head", (300, 64))
    found = outcome("LORA037", draft, model=packed("awq"))
    assert found.verdict is Verdict.PROBLEM
    assert found.undetermined
    assert "gives 300 outputs, and the base takes 320" in found.problems[0].message


def test_norms_alone_are_in_the_base_and_cannot_be_adapted():
    draft = lora(modules=())
    draft.tensors = pair("model.layers.0.input_layernorm", (64, 64))
    assert messages("LORA035", draft, model=llama()) == []
    (message,) = messages("LORA036", draft, model=llama())
    assert "1 of its 1 modules cannot be adapted" in message


@pytest.mark.parametrize("part", ["text_config", "vision_config"])
def test_a_model_of_parts_is_found_under_the_names_of_its_language_model(part: str):
    base = llama(model_type=NEW, **{part: {"hidden_size": 64}})
    draft = lora().rename("base_model.model.model.", "base_model.model.language_model.model.")
    assert messages("LORA035", draft, model=base) == []
    assert messages("LORA036", draft, model=base) == []
    base.config[part] = "not a config"
    assert len(messages("LORA035", draft, model=base)) == 1


def test_the_vocabulary_of_a_model_of_parts_is_that_of_its_language_model():
    base = llama(text_config={"vocab_size": 300000})
    assert "its vocabulary has 300000 tokens" in messages("LORA047", lora(), model=base)[0]
    base.config["text_config"] = None
    assert messages("LORA047", lora(), model=base) == []


@pytest.mark.parametrize("config", [None, "{", ["not", "an", "object"]])
def test_a_base_without_a_config_is_another_rules_matter(config: object):
    base = llama()
    base.config = config
    found = outcome("LORA047", lora(), model=base)
    assert (found.verdict, found.reasons) == (
        Verdict.NOT_APPLICABLE,
        ("/models/served has no config.json that can be read",),
    )


def test_the_base_is_the_model_that_is_served_or_else_the_one_that_is_named():
    narrow, wide = llama(hidden_size=32), llama()
    assert messages("LORA037", lora(), model=wide, base=narrow) == []
    assert messages("LORA037", lora(), base=wide) == []
    found = outcome("LORA037", lora())
    assert (found.verdict, found.reasons) == (
        Verdict.NOT_APPLICABLE,
        ("the base model is not given: --model DIR or --base DIR names it",),
    )


def test_a_base_of_a_new_type_without_weights_tells_no_modules():
    base = llama(model_type=NEW)
    base.tensors, base.shards = {}, 0
    found = outcome("LORA036", lora(), model=base)
    assert (found.verdict, found.reasons) == (
        Verdict.UNKNOWN,
        ("the modules of /models/served are not known: neither its weights nor a formula tell them",),
    )
    assert messages("LORA036", lora(), model=llama(model_type=NEW)) == []


@pytest.mark.parametrize("stated", [None, [], "LlamaForCausalLM", {"0": "LlamaForCausalLM"}, [5]])
def test_a_base_that_states_no_architecture(stated: object):
    found = outcome("LORA045", lora(), model=llama(architectures=stated))
    assert (found.verdict, found.reasons) == (
        Verdict.NOT_APPLICABLE,
        ("the config.json of /models/served states no architecture",),
    )


def sharded(model_type: str) -> models.Draft:
    base = llama(model_type=model_type)
    base.shards = 3
    return base


def without(folder: ModelFolder, name: str) -> ModelFolder:
    """A folder from which one file of weights is gone."""
    return dataclasses.replace(
        folder,
        files=tuple(file for file in folder.files if file.name != name),
        weights=tuple(fact for fact in folder.weights if fact.value.name != name),
    )


@pytest.mark.parametrize("code", ["LORA035", "LORA036", "LORA037"])
def test_weights_that_are_not_all_there_tell_not_all_modules(code: str):
    """No module is missing because the file that holds it is."""
    name = models.shard_name(2, 3)
    whole = models.folder_of(sharded(NEW), "/models/served")
    assert judged(code, whole).verdict is Verdict.HEALTHY
    part = without(whole, name)
    for folder in (part, dataclasses.replace(part, index=models.folder_of(llama()).index)):
        found = judged(code, folder)
        assert (found.verdict, found.problems) == (Verdict.UNKNOWN, ())
        assert f"{name} could not be read" in found.reasons[-1]
    assert judged(code, without(models.folder_of(sharded("llama")), name)).verdict is Verdict.HEALTHY, "by formula"


def test_a_file_of_weights_that_is_no_table_or_not_known():
    whole = models.folder_of(sharded(NEW), "/models/served")
    broken = models.folder_of(llama()).weights[0].value
    damage = dataclasses.replace(broken, name=models.shard_name(2, 3), groups=(), damages=(SHORT,))
    for fact in (dataclasses.replace(whole.weights[1], value=damage), unknown()):
        folder = dataclasses.replace(whole, weights=(whole.weights[0], fact, whole.weights[2]))
        found = judged("LORA036", folder)
        assert (found.verdict, found.problems) == (Verdict.UNKNOWN, ())


def test_shards_that_are_left_over_beside_a_whole_file_are_not_asked_for():
    whole, part = models.folder_of(llama(model_type=NEW)), models.folder_of(sharded(NEW))
    folder = dataclasses.replace(whole, index=part.index)
    assert judged("LORA036", folder).verdict is Verdict.HEALTHY


@pytest.mark.parametrize("hidden", [0, "64", None])
def test_sizes_that_are_none_leave_the_weights_to_tell(hidden: object):
    base = llama()
    base.config["hidden_size"] = hidden
    assert messages("LORA037", lora(), model=base) == []
    assert len(messages("LORA037", lora(real=True), model=base)) == 1


@pytest.mark.parametrize("embedding", ["model.embed_tokens", "transformer.wte", "transformer.word_embeddings"])
def test_an_output_layer_without_a_tensor_is_the_embedding(embedding: str):
    base = llama(model_type=NEW)
    base.tensors = {"model.vision_embed_tokens.weight": Stored("BF16", (7, 64)), **base.tensors}
    del base.tensors["lm_head.weight"], base.tensors["model.embed_tokens.weight"]
    draft = lora()
    draft.tensors |= pair("lm_head", (320, 64))
    assert "because of lm_head" in messages("LORA036", draft, model=base)[0]
    base.tensors[f"{embedding}.weight"] = Stored("BF16", (320, 64))
    assert messages("LORA036", draft, model=base) == messages("LORA037", draft, model=base) == []


def test_an_output_layer_of_its_own_has_its_own_size():
    base = llama(model_type=NEW, text_config={})
    base.tensors["language_model.lm_head.weight"] = Stored("BF16", (384, 64))
    del base.tensors["lm_head.weight"]
    draft = lora(modules=("q_proj",))
    draft.tensors |= pair("lm_head", (384, 64))
    assert messages("LORA037", draft, model=base) == []


@pytest.mark.parametrize("inner", ["model", "transformer"])
def test_a_base_that_was_saved_from_its_inner_model_lacks_the_beginning_of_its_names(inner: str):
    """As GPT-2, Bloom and the embedding models of Qwen3; other beginnings than that are a fault all the same."""
    base = llama(model_type=NEW)
    base.tensors = {name.removeprefix("model."): tensor for name, tensor in base.tensors.items()}
    draft = lora().rename("model.model.model.", f"model.model.{inner}.")
    for code in ("LORA035", "LORA036", "LORA037"):
        assert messages(code, draft, model=base) == []
    draft.tensors |= pair(f"{inner}.layers.0.self_attn.q_proj", (96, 64))
    assert "gives 96 outputs, and the base takes 64" in messages("LORA037", draft, model=base)[0]
    for beginning in ("transformer.", "model.model.", "language_model.model."):
        other = lora().rename("base_model.model.model.", f"base_model.model.{beginning}")
        assert len(messages("LORA035", other, model=llama(model_type=NEW))) == 1


def test_a_bias_of_all_experts_is_no_matrix_of_a_module():
    """GPT-OSS keeps a row for each expert."""
    base = llama(model_type=NEW, num_local_experts=4)
    base.tensors["model.layers.0.mlp.router.bias_of_experts"] = Stored("BF16", (4, 64))
    draft = lora(modules=("q_proj",))
    draft.tensors |= pair("model.layers.0.mlp.router", (8, 8))
    assert messages("LORA037", draft, model=base) == []
