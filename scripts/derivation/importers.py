"""The packages whose imports from each other are held against their releases."""

from __future__ import annotations

from scripts.derivation.imported import Importer

IMPORTERS = {
    "accelerate": Importer("accelerate", "0.28", ("accelerate",)),
    "autoawq": Importer("awq", "0.2", ("awq",)),
    "compressed-tensors": Importer("compressed_tensors", "0.6", ("compressed_tensors",)),
    "liger-kernel": Importer("liger_kernel", "0.3", ("liger_kernel.transformers",)),
    "llmcompressor": Importer("llmcompressor", "0.2", ("llmcompressor",), ("llmcompressor.transformers",)),
    "optimum": Importer("optimum", "1.16", ("optimum",), ("optimum.gptq",)),
    "peft": Importer("peft", "0.8", ("peft",)),
    "sentence-transformers": Importer("sentence_transformers", "2.3", ("sentence_transformers",)),
    "trl": Importer(
        "trl",
        "0.8",
        ("trl", "trl.trainer.sft_trainer", "trl.trainer.sft_config"),
        (
            "trl.trainer.dpo_trainer",
            "trl.trainer.grpo_trainer",
            "trl.trainer.reward_trainer",
            "trl.trainer.kto_trainer",
        ),
    ),
    "unsloth-zoo": Importer(
        "unsloth_zoo",
        "2025.1",
        (
            "unsloth_zoo.dataset_utils",
            "unsloth_zoo.compiler",
            "unsloth_zoo.patching_utils",
            "unsloth_zoo.saving_utils",
            "unsloth_zoo.rl_replacements",
            "unsloth_zoo.training_utils",
            "unsloth_zoo.tokenizer_utils",
        ),
    ),
    "vllm": Importer("vllm", "0.5", ("vllm", "vllm.entrypoints.llm"), ("vllm.entrypoints.openai.api_server",)),
}
"""The packages, with what everybody imports of them, and what single features import."""

ASKED = {
    "accelerate": "0.20",
    "compressed_tensors": "0",
    "datasets": "2.12",
    "huggingface_hub": "0.20",
    "mistral_common": "0",
    "outlines": "0",
    "peft": "0.5",
    "pydantic": "1.10",
    "tokenizers": "0.13",
    "transformers": "4.36",
    "trl": "0.5",
    "xgrammar": "0",
}
"""The modules that are asked for the names, and the first release that is."""

PARTNERS = {
    "accelerate": "accelerate",
    "auto_gptq": "auto-gptq",
    "awq": "autoawq",
    "bitsandbytes": "bitsandbytes",
    "compressed_tensors": "compressed-tensors",
    "datasets": "datasets",
    "deepspeed": "deepspeed",
    "diffusers": "diffusers",
    "evaluate": "evaluate",
    "fastapi": "fastapi",
    "gguf": "gguf",
    "google": "protobuf",
    "gptqmodel": "gptqmodel",
    "gradio": "gradio",
    "huggingface_hub": "huggingface-hub",
    "kernels": "kernels",
    "liger_kernel": "liger-kernel",
    "llguidance": "llguidance",
    "lmformatenforcer": "lm-format-enforcer",
    "mistral_common": "mistral-common",
    "modelscope": "modelscope",
    "numpy": "numpy",
    "openai": "openai",
    "optimum": "optimum",
    "outlines": "outlines",
    "peft": "peft",
    "pillow": "pillow",
    "prometheus_fastapi_instrumentator": "prometheus-fastapi-instrumentator",
    "pydantic": "pydantic",
    "ray": "ray",
    "safetensors": "safetensors",
    "sentence_transformers": "sentence-transformers",
    "starlette": "starlette",
    "tokenizers": "tokenizers",
    "torch": "torch",
    "torchao": "torchao",
    "torchvision": "torchvision",
    "transformers": "transformers",
    "triton": "triton",
    "trl": "trl",
    "typing_extensions": "typing-extensions",
    "tyro": "tyro",
    "unsloth_zoo": "unsloth-zoo",
    "vllm": "vllm",
    "xformers": "xformers",
    "xgrammar": "xgrammar",
}
"""The modules whose imports are noted, and the distribution that brings each."""
