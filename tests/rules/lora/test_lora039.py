"""LORA039."""

from __future__ import annotations

from tests.adapters import lora
from tests.rules.lora.judging import messages, outcome


def test_copies_in_4_bit():
    names = {
        "unsloth/Qwen3-8B-unsloth-bnb-4bit": "unsloth/Qwen3-8B",
        "unsloth/llama-3-8b-bnb-4bit": "unsloth/llama-3-8b",
        "mlx-community/Qwen2.5-7B-4bit": "mlx-community/Qwen2.5-7B",
    }
    for name, plain in names.items():
        found = outcome("LORA039", lora(base_model_name_or_path=name))
        assert f"Serve it on {plain}," in found.problems[0].remedies[0].text


def test_models_in_16_bit():
    for name in ("unsloth/Qwen3-8B", "/models/4bit-study", None):
        assert messages("LORA039", lora(base_model_name_or_path=name)) == []
