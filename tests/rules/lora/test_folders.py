"""What of several adapters is judged, through rules that need the config, the weights, or both."""

from __future__ import annotations

import dataclasses

import pytest

from doctor.core.artifact.adapter import AdapterFolder
from doctor.core.report import Verdict
from tests.adapters import Draft, folder_of, lora, pair
from tests.models import Stored
from tests.rules.lora.judging import messages, outcome

HALF = "base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight"


def broken() -> Draft:
    """A rank that is none, and a matrix without its other half."""
    draft = lora(modules=("q_proj",)).state(r=-1)
    del draft.tensors[HALF]
    return draft


def without_config(text: str | None = None) -> Draft:
    draft = broken()
    draft.config = text
    return draft


def without_weights(content: bytes | None = None) -> Draft:
    draft = broken()
    draft.tensors = None
    draft.files = {} if content is None else {"adapter_model.safetensors": content}
    return draft


CONFIGS = [without_config(), without_config("{"), without_config("[]"), broken().state(peft_type="LOHA")]
WEIGHTS = [without_weights(), without_weights(b""), without_weights(b"x" * 200)]


@pytest.mark.parametrize("draft", CONFIGS)
def test_an_adapter_whose_config_says_nothing_hides_no_other(draft: Draft):
    found = outcome("LORA008", draft)
    assert (found.verdict, found.reasons) == (
        Verdict.NOT_APPLICABLE,
        ("no adapter has a config of a LoRA that can be read",),
    )
    for order in ((draft, broken()), (broken(), draft)):
        assert messages("LORA008", *order) == ["it states r=-1, and a rank is a positive integer"]


@pytest.mark.parametrize("draft", WEIGHTS)
def test_an_adapter_without_a_table_of_tensors_hides_no_other(draft: Draft):
    found = outcome("LORA012", draft)
    assert (found.verdict, found.reasons) == (
        Verdict.NOT_APPLICABLE,
        ("no adapter has safetensors whose header can be read",),
    )
    for order in ((draft, broken()), (broken(), draft)):
        assert len(messages("LORA012", *order)) == 1


def wrong_rank(**changes: object) -> Draft:
    return dataclasses.replace(lora(modules=("q_proj",)).state(r=4), **changes)


@pytest.mark.parametrize("draft", [wrong_rank(config=None), wrong_rank(tensors=None)])
def test_one_without_either_hides_none_that_has_both(draft: Draft):
    found = outcome("LORA011", draft)
    assert found.verdict is Verdict.NOT_APPLICABLE
    both = [wrong_rank(config=None), wrong_rank(tensors=None)]
    found = outcome("LORA011", *both)
    assert (found.verdict, found.reasons) == (
        Verdict.NOT_APPLICABLE,
        ("no adapter has both a config and safetensors that can be read",),
    )
    for order in ((*both, wrong_rank()), (wrong_rank(), *both)):
        assert len(messages("LORA011", *order)) == 1


def test_weights_that_were_cut_short_have_a_table_all_the_same():
    whole = folder_of(broken())
    short = dataclasses.replace(whole.weights.value, size=whole.weights.value.size - 1)
    folder = dataclasses.replace(whole, weights=dataclasses.replace(whole.weights, value=short))
    assert len(messages("LORA012", folder)) == 1


def test_a_problem_is_placed_in_the_file_that_it_is_of():
    places = {
        code: outcome(code, broken()).problems[0].location.where.removeprefix("/adapters/0/")
        for code in ("LORA008", "LORA012")
    }
    assert places == {"LORA008": "adapter_config.json", "LORA012": "adapter_model.safetensors"}


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (1, "a.0.q_proj"),
        (3, "a.0.q_proj, a.1.q_proj, a.2.q_proj"),
        (4, "a.0.q_proj, a.1.q_proj, a.2.q_proj and 1 more"),
        (6, "a.0.q_proj, a.1.q_proj, a.2.q_proj and 3 more"),
    ],
)
def test_the_first_of_many_are_named(count: int, told: str):
    draft = lora(modules=("q_proj",))
    for number in range(count):
        draft.tensors |= {name: item for name, item in pair(f"a.{number}.q_proj", (8, 8)).items() if "lora_A" in name}
    assert messages("LORA012", draft) == [f"lora_B is missing for {told}, whose lora_A is there"]


@pytest.mark.parametrize(
    ("saved", "told"),
    [
        ("embed_tokens", "embed_tokens"),
        (["embed_tokens", "", 5, "lm_head"], "embed_tokens, lm_head"),
        ({"embed_tokens": True}, ""),
        (["", None], ""),
        ("", ""),
        (None, ""),
    ],
)
def test_one_text_is_a_list_of_one(saved: object, told: str):
    found = messages("LORA020", lora(modules_to_save=saved))
    assert found == ([found[0]] if told else [])
    assert not told or f"(modules_to_save: {told})" in found[0]


@pytest.mark.parametrize(
    ("alpha", "told"),
    [
        (16, ""),
        (0.5, ""),
        (10**308, ""),
        (0, "its lora_alpha is 0"),
        (0.0, "its lora_alpha is 0"),
        (10**309, "its lora_alpha is larger than any float"),
        (True, "its lora_alpha is True and not a number"),
        ("16", "its lora_alpha is '16' and not a number"),
    ],
)
def test_a_number_is_one_that_a_float_holds(alpha: object, told: str):
    found = messages("LORA009", lora(lora_alpha=alpha))
    assert [text[: len(told)] for text in found] == ([told] if told else [])


def test_what_a_config_that_was_stated_in_part_lacks_is_not_known():
    """Somebody typed it in: it comes without the listing of a folder."""
    stated = folder_of(lora(modules=("q_proj",)).drop("r", "lora_alpha"))
    part: AdapterFolder = dataclasses.replace(stated, files=())
    assert messages("LORA007", stated)[0].startswith("its adapter_config.json lacks r, lora_alpha")
    found = outcome("LORA007", part)
    assert (found.verdict, found.problems) == (Verdict.UNKNOWN, ())
    assert found.reasons == tuple(
        f"whether the adapter_config.json of /adapters/tiny has {name} is not stated" for name in ("r", "lora_alpha")
    )


def test_a_bias_is_told_at_its_place():
    draft = lora(modules=("q_proj",))
    draft.tensors[HALF.replace(".weight", ".bias")] = Stored("BF16", (64,))
    (problem,) = outcome("LORA021", draft).problems
    assert problem.location.where == "/adapters/0/adapter_model.safetensors"
