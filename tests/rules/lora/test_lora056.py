"""LORA056."""

from __future__ import annotations

import pytest

from doctor.core.report import Verdict
from tests.adapters import Draft, lora, pair
from tests.models import Stored, llama
from tests.rules.lora.judging import messages, outcome

LAYER = "model.layers.0.mlp"


def draft_with(module: str, rank: int) -> Draft:
    draft = lora(modules=("q_proj",), target_parameters=["mlp.experts.gate_up_proj", "mlp.experts.down_proj"])
    draft.tensors |= pair(f"{LAYER}.{module}", (64, 32), rank)
    return draft


@pytest.mark.parametrize("entry", ["num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts"])
@pytest.mark.parametrize("module", ["experts", "experts.base_layer"])
def test_matrices_that_cannot_be_shared_out(entry: str, module: str):
    base = llama(**{entry: 8})
    (message,) = messages("LORA056", draft_with(module, 60), base=base)
    assert message == (
        f"the 60 rows of lora_A of {LAYER}.{module} cannot be shared out (and 1 more): /models/base has 8 experts"
    )
    assert messages("LORA056", draft_with(module, 64), base=base) == []


def test_an_expert_beyond_the_last():
    base = llama(num_experts=8)
    (message,) = messages("LORA056", draft_with("experts.8.gate_proj", 8), base=base)
    assert f"{LAYER}.experts.8.gate_proj is of expert 8, counted from 0" in message
    assert "counted from 0" not in "".join(messages("LORA056", draft_with("experts.7.gate_proj", 7), base=base))


def test_experts_that_are_left_out():
    """vLLM ends with an AssertionError that says nothing."""
    draft = draft_with("experts.0.gate_proj", 8)
    assert messages("LORA056", draft, base=llama(num_experts=1)) == []
    (message,) = messages("LORA056", draft, base=llama(num_experts=2))
    assert message == f"{LAYER}.experts has only 1 of its experts adapted: /models/base has 2 experts"


def test_without_experts_on_either_side_there_is_nothing_to_compare():
    assert messages("LORA056", lora(), base=llama(num_experts=8)) == []
    assert outcome("LORA056", lora()).verdict is Verdict.HEALTHY
    assert len(messages("LORA056", draft_with("experts.1.gate_proj", 8), base=llama(num_experts=1))) == 1


@pytest.mark.parametrize("none", [{}, {"num_experts": 0}, {"num_experts": -8}, {"num_experts": "8"}])
def test_a_base_without_experts(none: dict[str, object]):
    (message,) = messages("LORA056", draft_with("experts", 60), base=llama(**none))
    assert message == f"{LAYER}.experts is of experts: /models/base has no experts"
    (message,) = messages("LORA056", draft_with("experts.3.gate_proj", 8), base=llama(**none))
    assert message.endswith("/models/base has no experts")


def test_a_base_whose_config_does_not_say_how_many_it_has():
    base = llama(model_type="a-model-of-tomorrow")
    base.tensors[f"{LAYER}.experts.0.gate_proj.weight"] = Stored("BF16", (64, 64))
    found = outcome("LORA056", draft_with("experts", 60), lora(), base=base)
    assert (found.verdict, found.problems) == (Verdict.UNKNOWN, ())
    assert found.reasons == ("the config.json of /models/base does not state how many experts it has",)


def test_without_a_base_it_is_not_applicable():
    assert outcome("LORA056", draft_with("experts", 60)).verdict is Verdict.NOT_APPLICABLE


def test_columns_that_cannot_be_shared_out():
    draft = lora(modules=("q_proj",), target_parameters=["mlp.experts.gate_up_proj"])
    narrow = pair(f"{LAYER}.experts", (64, 32), 60)
    whole = pair(f"{LAYER}.experts", (64, 32), 64)
    draft.tensors |= {name: (narrow if "lora_B" in name else whole)[name] for name in whole}
    (message,) = messages("LORA056", draft, base=llama(num_experts=8))
    assert message == f"the 60 columns of lora_B of {LAYER}.experts cannot be shared out: /models/base has 8 experts"


@pytest.mark.parametrize("side", ["lora_A", "lora_B"])
@pytest.mark.parametrize("shape", [None, (60,), (60, 60, 60)])
def test_halves_and_what_is_no_matrix_are_left_to_other_rules(side: str, shape: tuple[int, ...] | None):
    draft = lora(modules=("q_proj",))
    draft.tensors |= pair(f"{LAYER}.experts", (64, 32), 64)
    name = f"base_model.model.{LAYER}.experts.{side}.weight"
    del draft.tensors[name]
    if shape:
        draft.tensors[name] = Stored("BF16", shape)
    assert messages("LORA056", draft, base=llama(num_experts=8)) == []


def test_a_module_beside_the_experts_has_no_rows_to_share_out():
    """A router or a shared expert lies below the name of the experts, too."""
    assert messages("LORA056", draft_with("experts.router", 7), base=llama(num_experts=8)) == []
