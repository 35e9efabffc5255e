"""Runs in an environment with vLLM: make tiny models, start vLLM on each, print what it says of its cache.

    PYTHON scripts/plan_reading.py FOLDER    # one JSON object a line on standard output

It is not imported by doctor; `scripts/measure_plan.py` runs it and compares.
"""

import gc
import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ.update(VLLM_ENABLE_V1_MULTIPROCESSING="0", VLLM_LOGGING_LEVEL="ERROR", HF_HUB_OFFLINE="1")

MIB = 1024**2

COMMON = {
    "hidden_size": 256,
    "intermediate_size": 512,
    "num_attention_heads": 4,
    "vocab_size": 320,
    "max_position_embeddings": 512,
}
GROUPED = {**COMMON, "num_key_value_heads": 2, "head_dim": 64}

# name, class of the config, its fields, arguments of the engine
CASES: tuple[tuple[str, str, dict[str, Any], dict[str, Any]], ...] = (
    ("llama, grouped heads", "LlamaConfig", {**GROUPED, "num_hidden_layers": 4}, {"block_size": 32}),
    ("llama, one kv head a head", "LlamaConfig", {**GROUPED, "num_key_value_heads": 4, "num_hidden_layers": 2}, {}),
    ("llama, 300 tokens", "LlamaConfig", {**GROUPED, "num_hidden_layers": 4}, {"max_model_len": 300}),
    ("llama, float32", "LlamaConfig", {**GROUPED, "num_hidden_layers": 2}, {"dtype": "float32"}),
    ("llama with adapters", "LlamaConfig", {**GROUPED, "num_hidden_layers": 2}, {"enable_lora": True, "max_loras": 2}),
    ("qwen3", "Qwen3Config", {**GROUPED, "num_hidden_layers": 3}, {}),
    ("mistral, window", "MistralConfig", {**GROUPED, "num_hidden_layers": 4, "sliding_window": 16}, {}),
    ("gemma 2", "Gemma2Config", {**GROUPED, "num_hidden_layers": 4, "sliding_window": 16}, {}),
    ("gemma 3, 6 layers", "Gemma3TextConfig", {**GROUPED, "num_hidden_layers": 6, "sliding_window": 16}, {}),
    ("gemma 3, 12 layers", "Gemma3TextConfig", {**GROUPED, "num_hidden_layers": 12, "sliding_window": 16}, {}),
)


def main(folder: str) -> None:
    import torch
    import transformers
    from vllm import LLM

    for number, (name, kind, fields, asked) in enumerate(CASES):
        path = str(Path(folder, str(number)))
        config = getattr(transformers, kind)(**fields)
        transformers.AutoModelForCausalLM.from_config(config).to(torch.bfloat16).save_pretrained(path)
        arguments = {
            "dtype": "bfloat16",
            "max_model_len": 128,
            "max_num_seqs": 4,
            "kv_cache_memory_bytes": 8 * MIB,
            "enforce_eager": True,
            "skip_tokenizer_init": True,
            "enable_prefix_caching": False,
            "disable_log_stats": True,
            **({"max_lora_rank": 8} if "enable_lora" in asked else {}),
            **asked,
        }
        engine = LLM(path, **arguments)
        settings = engine.llm_engine.vllm_config
        cache, scheduler = settings.cache_config, settings.scheduler_config
        worker = engine.llm_engine.engine_core.engine_core.model_executor.driver_worker.worker
        buffers = lora_buffers(worker.model_runner.model) if "enable_lora" in asked else 0
        print(
            json.dumps(
                {
                    "name": name,
                    "path": path,
                    "blocks": cache.num_gpu_blocks,
                    "block_tokens": cache.block_size,
                    "tokens": getattr(cache, "kv_cache_size_tokens", None),
                    "concurrency": getattr(cache, "kv_cache_max_concurrency", None),
                    "batched_tokens": scheduler.max_num_batched_tokens,
                    "length": settings.model_config.max_model_len,
                    "element": 4 if arguments["dtype"] == "float32" else 2,
                    "slots": asked.get("max_loras", 0),
                    "rank": arguments.get("max_lora_rank", 0),
                    "lora_bytes": buffers,
                    "embeddings": len(getattr(type(worker.model_runner.model), "embedding_modules", ())),
                }
            ),
            flush=True,
        )
        engine.llm_engine.engine_core.shutdown()
        del engine, worker
        gc.collect()


def lora_buffers(model: Any) -> int:
    """Bytes of all stacked adapter weights."""
    total = 0
    for module in model.modules():
        for name in ("lora_a_stacked", "lora_b_stacked"):
            found = getattr(module, name, ())
            for tensor in found if isinstance(found, (tuple, list)) else (found,):
                total += tensor.numel() * tensor.element_size()
    return total


if __name__ == "__main__":
    main(sys.argv[1])
