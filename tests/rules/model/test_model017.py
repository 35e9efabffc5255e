from __future__ import annotations

from doctor.core.report import Verdict
from tests.models import Draft, Stored
from tests.rules.model.folders import judge, judge_defect


def test_what_bitsandbytes_leaves():
    found = judge_defect("MODEL017", "M163")
    assert "absmax" in found.problems[0].message
    assert found.problems[0].subject == "model.safetensors"


def test_integers_in_place_of_a_weight():
    assert "stored as I8" in judge_defect("MODEL017", "M173").problems[0].message


def test_healthy_with_a_config_that_says_how():
    def change(draft: Draft) -> None:
        draft.config["quantization_config"] = {"quant_method": "gptq", "bits": 4}
        draft.tensors["model.layers.0.mlp.up_proj.qweight"] = Stored("I32", (8, 128))

    assert judge("MODEL017", change).verdict is Verdict.HEALTHY
    assert judge("MODEL017").verdict is Verdict.HEALTHY
