from __future__ import annotations

import pytest

from doctor.core.report import Verdict
from tests.models import Draft, Stored
from tests.rules.model.folders import judge, judge_defect


def test_what_bitsandbytes_leaves():
    found = judge_defect("MODEL017", "M163")
    assert "absmax" in found.problems[0].message
    assert found.problems[0].subject == "model.safetensors"


def test_integers_in_place_of_a_weight():
    (problem,) = judge_defect("MODEL017", "M173").problems
    assert problem.message.endswith("is stored as I8, and the config does not say how it is quantized")

    def change(draft: Draft) -> None:
        for number in range(2):
            draft.tensors[f"model.layers.{number}.mlp.up_proj.weight"] = Stored("F8_E4M3", (128, 64))

    (problem,) = judge("MODEL017", change).problems
    assert problem.message.endswith("are stored as F8_E4M3, and the config does not say how they are quantized")


def test_a_scale_alone_is_no_quantized_weight():
    """A vector of integers may be a counter or a table of positions."""
    for shape in ((), (4,)):
        stored = Stored("I8", shape)
        assert judge("MODEL017", lambda draft, s=stored: draft.tensors.update(x=s)).verdict is Verdict.HEALTHY


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("vision_model.embeddings.position_ids", Stored("I64", (1, 577))),
        ("transformer.h.0.attn.bias", Stored("U8", (1, 1, 8, 8))),
        ("gpt_neox.layers.0.attention.bias", Stored("BOOL", (1, 1, 8, 8))),
        ("gpt_neox.layers.0.attention.bias", Stored("U8", (1, 1, 8, 8))),
    ],
)
def test_a_mask_and_positions_are_no_weights(name: str, stored: Stored):
    """Checkpoints of CLIP, GPT-J and GPT-NeoX hold them."""
    assert judge("MODEL017", lambda draft: draft.tensors.update({name: stored})).verdict is Verdict.HEALTHY
    weight = f"{name.rpartition('.')[0]}.weight"
    verdict = Verdict.PROBLEM if stored.dtype == "U8" else Verdict.HEALTHY
    assert judge("MODEL017", lambda draft: draft.tensors.update({weight: stored})).verdict is verdict


def test_healthy_with_a_config_that_says_how():
    def change(draft: Draft) -> None:
        draft.config["quantization_config"] = {"quant_method": "gptq", "bits": 4}
        draft.tensors["model.layers.0.mlp.up_proj.qweight"] = Stored("I32", (8, 128))

    assert judge("MODEL017", change).verdict is Verdict.HEALTHY
    assert judge("MODEL017").verdict is Verdict.HEALTHY
