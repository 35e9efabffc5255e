"""What a plan reads out of folders, and what it refuses to plan for."""

from __future__ import annotations

import dataclasses

import pytest

from doctor.core.artifact.folder import Damage, Document
from doctor.core.artifact.tensors import Tensor
from doctor.serving.demand import PlanningError, demand_of, ranks_of, require_model
from doctor.serving.weights import weight_bytes
from tests import adapters, models
from tests.facts import absent, known, unknown
from tests.serving.models import LLAMA_8B, folder_of

ADAPTER = known(Document(name="adapter_config.json", value={"r": 8}))


def test_sizes_of_the_model():
    found = demand_of(folder_of(LLAMA_8B), None)
    assert (found.hidden, found.inner, found.heads, found.vocabulary) == (4096, 14336, 32, 128256)
    assert found.positions == 131072
    assert found.embeddings == ((128256, 4096),) * 2
    assert demand_of(folder_of(LLAMA_8B | {"intermediate_size": 11008}), None).inner == 11008


def test_sizes_of_a_language_model_inside_another():
    whole = folder_of(LLAMA_8B)
    inside = dataclasses.replace(
        whole, config=known(Document(name="config.json", value={"architectures": ["X"], "text_config": LLAMA_8B}))
    )
    assert demand_of(inside, None).hidden == 4096


@pytest.mark.parametrize(
    ("config", "said"),
    [
        (unknown(), "its config.json cannot be read"),
        (absent(), "its config.json cannot be read"),
        (known(Document(name="config.json", value={}, damage=Damage(kind="json", detail="x"))), "cannot be read"),
        (known(Document(name="config.json", value={})), "no plan can be made"),
    ],
)
def test_a_config_that_tells_no_sizes(config, said):
    with pytest.raises(PlanningError, match=said):
        demand_of(dataclasses.replace(folder_of(LLAMA_8B), config=config), None)


@pytest.mark.parametrize("weights", [(), (unknown(),)])
def test_weights_whose_headers_cannot_be_read(weights):
    with pytest.raises(PlanningError, match="the headers of its weights cannot be read"):
        demand_of(dataclasses.replace(folder_of(LLAMA_8B), weights=weights), None)


def test_heads_are_divided_among_the_gpus():
    assert demand_of(folder_of(LLAMA_8B), None, 32).weights < demand_of(folder_of(LLAMA_8B), None, 1).weights / 20
    with pytest.raises(PlanningError, match="32 attention heads cannot be divided among 3 GPUs"):
        demand_of(folder_of(LLAMA_8B), None, 3)


def test_an_adapter_that_is_given_for_a_model_is_refused():
    whole = folder_of(LLAMA_8B)
    require_model(whole)
    require_model(dataclasses.replace(whole, adapter_config=ADAPTER))
    require_model(dataclasses.replace(whole, config=absent()))
    with pytest.raises(PlanningError, match="holds a LoRA adapter and no model"):
        require_model(dataclasses.replace(whole, config=absent(), adapter_config=ADAPTER))


def test_the_largest_rank_of_each_adapter_counts():
    drafts = (adapters.lora(rank=8), adapters.lora(rank=4, rank_pattern={"q_proj": 32}), adapters.lora(rank_pattern=[]))
    assert ranks_of(tuple(map(adapters.folder_of, drafts))) == (8, 32, 8)
    assert ranks_of(()) == ()


@pytest.mark.parametrize("rank", [None, "8", 0, -8])
def test_an_adapter_that_states_no_rank(rank):
    for draft in (adapters.lora().state(r=rank), adapters.lora(rank_pattern={"q_proj": rank})):
        with pytest.raises(PlanningError, match="it states no rank"):
            ranks_of((adapters.folder_of(draft),))
    with pytest.raises(PlanningError, match="it states no rank"):
        ranks_of((dataclasses.replace(adapters.folder_of(adapters.lora()), config=unknown()),))


def test_a_head_that_is_tied_is_the_embedding_and_wide_numbers_are_halved():
    tensors = {
        "model.embed_tokens.weight": Tensor(dtype="F32", shape=(100, 10), file="x"),
        "lm_head.weight": Tensor(dtype="F32", shape=(100, 10), file="x"),
        "model.norm.weight": Tensor(dtype="BF16", shape=(10,), file="x"),
        "model.layers.0.mlp.up_proj.weight": Tensor(dtype="I8", shape=(10, 10), file="x"),
    }
    assert weight_bytes(tensors) == 2000 + 2000 + 20 + 100
    assert weight_bytes(tensors, tied=True) == 2000 + 20 + 100
    assert weight_bytes(tensors, parallel=2, tied=True) == 1000 + 20 + 50


def test_a_tiny_folder_is_planned_for_like_a_large_one():
    assert demand_of(models.folder_of(models.llama()), None).hidden == 64
