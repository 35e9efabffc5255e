from __future__ import annotations

from doctor.core.report import Verdict
from tests.models import Draft, Stored
from tests.rules.model.folders import judge, judge_defect, put

BLOCK = {"quant_method": "bitsandbytes", "load_in_4bit": True}


def test_left_over_beside_plain_weights():
    found = judge("MODEL016", put(quantization_config=BLOCK))
    assert "quantization_config (bitsandbytes)" in found.problems[0].message


def test_also_inside():
    found = judge("MODEL016", put(quantization_config=BLOCK, text_config={"quantization_config": BLOCK}))
    assert [problem.message.split()[3] for problem in found.problems] == [
        "quantization_config",
        "text_config.quantization_config",
    ]


def test_packed_weights_need_it():
    def change(draft: Draft) -> None:
        draft.config["quantization_config"] = BLOCK
        draft.tensors["model.layers.0.mlp.up_proj.weight"] = Stored("U8", (4096, 1))

    assert judge("MODEL016", change).verdict is Verdict.HEALTHY


def test_healthy():
    assert judge("MODEL016").verdict is Verdict.HEALTHY
    assert judge("MODEL016", put(quantization_config=None)).verdict is Verdict.HEALTHY


def test_a_mask_and_positions_are_no_quantized_weights():
    def change(draft: Draft) -> None:
        draft.config["quantization_config"] = BLOCK
        draft.tensors["transformer.h.0.attn.bias"] = Stored("U8", (1, 1, 8, 8))
        draft.tensors["vision_model.embeddings.position_ids"] = Stored("I64", (1, 577))

    assert judge("MODEL016", change).verdict is Verdict.PROBLEM


def test_without_a_block_the_weights_do_not_matter():
    assert judge_defect("MODEL016", "M131").verdict is Verdict.HEALTHY
