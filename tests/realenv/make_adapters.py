"""Tiny models of many families with an adapter each, as PEFT saves it; a child of `test_whole_adapters.py`.

``python make_adapters.py FOLDER`` writes ``FOLDER/NAME/base`` and ``FOLDER/NAME/adapter``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch
import transformers
from peft import LoraConfig, get_peft_model

SIZES = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "vocab_size": 320,
    "max_position_embeddings": 512,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
VISION = {"hidden_size": 32, "intermediate_size": 64}
FAMILIES = (
    *("Llama", "Mistral", "Qwen2", "Qwen3", "Gemma", "Gemma2", "Gemma3Text", "Phi3", "Granite", "Cohere", "Olmo2"),
    *("SmolLM3", "Starcoder2", "Glm4", "Phi"),
)


def models():
    """Yield names and models: text, with experts, and with images."""
    for family in FAMILIES:
        config = getattr(transformers, f"{family}Config")(**SIZES)
        yield family, transformers.AutoModelForCausalLM.from_config(config)
    gemma = transformers.Gemma3Config(
        text_config=SIZES,
        vision_config={**VISION, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 28, "patch_size": 14},
        mm_tokens_per_image=4,
    )
    yield "Gemma3", transformers.AutoModelForImageTextToText.from_config(gemma)
    qwen = transformers.Qwen2_5_VLConfig(
        text_config={**SIZES, "rope_scaling": {"type": "mrope", "mrope_section": [2, 3, 3]}},
        vision_config={**VISION, "depth": 1, "num_heads": 2, "out_hidden_size": 64, "fullatt_block_indexes": [0]},
    )
    yield "Qwen2_5_VL", transformers.AutoModelForImageTextToText.from_config(qwen)


def main(root: Path) -> None:
    for name, model in models():
        model.to(torch.bfloat16).save_pretrained(root / name / "base")
        settings = LoraConfig(
            r=8, lora_alpha=16, target_modules="all-linear", task_type="CAUSAL_LM", init_lora_weights=False
        )
        adapted = get_peft_model(model, settings).to(torch.bfloat16)
        adapted.peft_config["default"].base_model_name_or_path = str(root / name / "base")
        adapted.save_pretrained(root / name / "adapter")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
