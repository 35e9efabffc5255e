"""What vLLM said to real adapters of mixtures of experts: doctor tells of what it refused or took wrongly.

`tests/defects/measured_moe.json` was recorded on tiny models that transformers and PEFT wrote; here their names and
shapes are drawn up again.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from doctor.core.report import Severity, Verdict
from tests.adapters import Draft, lora, pair
from tests.models import llama
from tests.rules.lora.judging import outcome

MEASURED: dict[str, dict[str, str]] = json.loads(
    (Path(__file__).parents[2] / "defects" / "measured_moe.json").read_text(encoding="utf-8")
)["with"]
COUNT, RANK, INNER, HIDDEN = 4, 8, 128, 256
TOLD = ("LORA032", "LORA056")


def numbered(model: str, experts: range) -> Draft:
    """Matrices for each expert, as transformers 4 has them."""
    place = "block_sparse_moe" if model == "mixtral" else "mlp"
    names = ("w1", "w2", "w3") if model == "mixtral" else ("gate_proj", "down_proj", "up_proj")
    draft = lora(modules=("q_proj",))
    for expert in experts:
        for name, shape in zip(names, ((INNER, HIDDEN), (HIDDEN, INNER), (INNER, HIDDEN)), strict=True):
            draft.tensors |= pair(f"model.layers.0.{place}.experts.{expert}.{name}", shape, RANK)
    return draft


def together(rank: int, *places: str) -> Draft:
    """Matrices for all experts in one, as PEFT has them for transformers 5."""
    draft = lora(
        modules=("q_proj",), target_parameters=[f"mlp.experts.{name}" for name in ("gate_up_proj", "down_proj")]
    )
    for place in places:
        shape = (2 * INNER, HIDDEN) if place.endswith("base_layer") else (HIDDEN, INNER)
        draft.tensors |= pair(f"model.layers.0.mlp.{place}", shape, rank)
    return draft


def drawn_up(model: str, adapter: str) -> Draft:
    if adapter in ("numbered", "beyond", "some"):
        return numbered(model, range({"numbered": COUNT, "beyond": COUNT + 1, "some": 2}[adapter]))
    if adapter in ("parameters", "unshared", "down_only"):
        both = ("experts", "experts.base_layer")
        return together(30 if adapter == "unshared" else COUNT * RANK, *both[: 1 if adapter == "down_only" else 2])
    return lora(modules=("q_proj",))


CASES = [(name, adapter) for name, said in MEASURED.items() for adapter in said]


@pytest.mark.parametrize(("name", "adapter"), CASES)
def test_what_vllm_refuses_or_leaves_out_is_told(name: str, adapter: str) -> None:
    model, said = name.partition(" ")[0], MEASURED[name][adapter]
    base = llama(**{"num_local_experts" if model == "mixtral" else "num_experts": COUNT})
    found = [outcome(code, drawn_up(model, adapter), base=base) for code in TOLD]
    told = {item.code for item in found if item.verdict is Verdict.PROBLEM}
    if said != "taken" or (model, adapter) in MIXTRAL:
        assert told
    elif adapter not in ("parameters", "unshared", "down_only"):
        assert told == set()
    if "target modules" in said or said == "AssertionError:" or "is invalid for input" in said:
        errors = [item for item in found if item.severity is Severity.ERROR and item.problems]
        assert errors or adapter == "down_only"


MIXTRAL = {("mixtral", name) for name in ("parameters", "unshared", "down_only")}
"""Taken, though the names of the experts are those of transformers 5, which vLLM does not map (no answers compared)."""


def test_the_record_holds_a_refusal_of_each_kind() -> None:
    said = {text.partition(":")[0] for texts in MEASURED.values() for text in texts.values()}
    assert said == {"taken", "ValueError", "AssertionError", "RuntimeError"}
