"""The phases for a model that was given: its own folder and adapters, in place of tiny ones."""

from __future__ import annotations

import dataclasses
import gc
import json
from pathlib import Path

from tinyproof import huggingface
from tinyproof.converting import CHAT, NOISE, require_all_keys
from tinyproof.proving import LENGTH
from tinyproof.readings import Criteria, distance, require_apart
from tinyproof.reporting import CouldNotRun, Differs, LeftOut
from tinyproof.serving import SPARE_GPU_BYTES

TEXT = "The quick brown fox jumps over the lazy dog, and then it explains to the user how a compiler turns source code"
LEAST, MOST = 8, 32
"""Token ids of a prompt: fewer compare too little, more only take time."""

LONGEST = 512
"""Tokens that a request may have: a chat template can open a conversation with several hundred."""

EXACT = 5e-3
"""Largest difference of a log-probability in float32: more layers than the tiny model's add up."""

SOFT_CAPPED = 2e-2
SEPARATION = 2
"""A given adapter may say little on a prompt that it was not made for: it must stand out from rounding only."""

RANKS = (8, 16, 32, 64, 128, 256, 320, 512)
"""What vLLM takes for max_lora_rank (source of vllm: LoRAConfig); older releases end earlier and say so."""


def look(bench):
    """Note which folders are used; nothing is made."""
    adapters = list(bench.job.adapters)
    ranks = [json.loads(Path(path, "adapter_config.json").read_text(encoding="utf-8"))["r"] for path in adapters]
    largest = max(ranks, default=RANKS[0])
    bench.put("base folder", bench.job.model)
    bench.put("adapters", adapters)
    bench.put("names", [f"{Path(path).name}" for path in adapters])
    bench.put("rank", next((rank for rank in RANKS if rank >= largest), largest))
    said = ", ".join(f"{Path(path).name} (rank {rank})" for path, rank in zip(adapters, ranks))
    return f"{bench.job.model} is used" + (f" with {said}" if said else " without an adapter")


def load(bench):
    """Load the model and its tokenizer with Hugging Face, and let it answer."""
    _read_tokenizer(bench)
    half = bench.take("dtype")
    noise = 0.0
    if half != "float32":
        noise = _measure_noise(bench, half)
    loaded, notes = huggingface.load_base(bench.job.model, _reference_dtype(bench))
    require_all_keys(notes)
    loaded = loaded.to(_reference_device(bench))
    base = huggingface.read(loaded, bench.take("prompt"), "Hugging Face's base")
    if not all(value == value and abs(value) != float("inf") for value in base.logprobs):
        raise Differs("Hugging Face's base answers with NaN or infinite log-probabilities")
    bench.put("loaded", loaded)
    bench.put("reading of the base", base)
    rounded = bench.take("rounded base") if half != "float32" else None
    bench.put("criteria", _criteria(bench, loaded.config, noise, distance(rounded, base) if rounded else 0.0))
    bench.put("limits", _limits_of(bench, loaded))
    return f"{len(bench.take('prompt'))} tokens read in {_reference_dtype(bench)}".replace("torch.", "")


def _read_tokenizer(bench):
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(bench.job.model, trust_remote_code=False)
    ids = list(tokenizer(TEXT)["input_ids"])[:MOST]
    if len(ids) < LEAST:
        raise Differs(f"the tokenizer makes {len(ids)} tokens of a text of {len(TEXT)} characters: {ids}")
    bench.put("prompt", ids)
    bench.put("chat ids", _chat_ids(tokenizer))


def _chat_ids(tokenizer):
    """What a conversation is encoded to; nothing where there is no template, or it makes too much of one."""
    if not getattr(tokenizer, "chat_template", None):
        return []
    text = tokenizer.apply_chat_template(CHAT, tokenize=False, add_generation_prompt=True)
    ids = list(tokenizer(text, add_special_tokens=False)["input_ids"])
    return ids if len(ids) < LONGEST else []


def _reference_dtype(bench):
    import torch

    return torch.float32 if bench.job.reference == "float32" else getattr(torch, bench.take("dtype"))


def _reference_device(bench):
    return "cpu" if bench.job.reference == "float32" else bench.take("device")


def _measure_noise(bench, half):
    """Return what two ways of Hugging Face to compute attention in 16 bit differ by."""
    import torch

    readings = []
    for attention in ("", "eager"):
        loaded = huggingface.load_base(bench.job.model, getattr(torch, half), attention)[0].to(bench.take("device"))
        readings.append(huggingface.read(loaded, bench.take("prompt"), f"base in {half}"))
        del loaded
        free()
    bench.put("rounded base", readings[0])
    return distance(*readings)


def _criteria(bench, config, noise, rounding):
    """What vLLM's answers are judged by, in the type that it computes in."""
    if bench.take("dtype") == "float32":
        tolerance = SOFT_CAPPED if getattr(config, "attn_logit_softcapping", None) else EXACT
    elif bench.job.reference == "float32":
        tolerance = NOISE * max(noise, rounding) + 1e-3
    else:
        # Attention is only a part of what is rounded: twice the factor.
        tolerance = 2 * NOISE * noise + 1e-2
    return Criteria(tolerance, separation=SEPARATION, clear=0)


def _limits_of(bench, loaded):
    """Return what makes an engine's limits fit the model: its memory and the length of a conversation."""
    config = loaded.config.get_text_config() if hasattr(loaded.config, "get_text_config") else loaded.config
    heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    tokens = max(LENGTH, len(bench.take("chat ids")) + 8)
    cache = 2 * config.num_hidden_layers * heads * width * 4 * 4 * max(tokens, 256)
    weights = 2 * sum(parameter.numel() for parameter in loaded.parameters())
    share = 0.0
    if bench.take("device") == "cuda":
        import torch

        total = torch.cuda.get_device_properties(0).total_memory
        share = min(0.95, (1.1 * weights + cache + SPARE_GPU_BYTES) / total)

    def fit(made):
        return dataclasses.replace(
            made, tokens=tokens, cache_bytes=max(made.cache_bytes, cache), gpu_share=share or made.gpu_share
        )

    return fit


def adapt(bench):
    """Put each adapter on the model with PEFT: it must change what the model says."""
    try:
        if not bench.take("adapters"):
            raise LeftOut("no adapter was given: --adapter names one")
        return _adapt(bench, bench.take("loaded"))
    finally:
        # vLLM needs the memory
        if "loaded" in bench:
            bench.drop("loaded")
        free()


def _adapt(bench, loaded):
    from peft import PeftModel

    base, criteria = bench.take("reading of the base"), bench.take("criteria")
    readings, found, adapted = [], [], None
    for index, path in enumerate(bench.take("adapters")):
        name = f"adapter{index}"
        if adapted is None:
            adapted = PeftModel.from_pretrained(loaded, path, adapter_name=name).eval()
        else:
            adapted.load_adapter(path, adapter_name=name)
        adapted.set_adapter(name)
        label = f"Hugging Face's {Path(path).name} adapter"
        readings.append(huggingface.read(adapted, bench.take("prompt"), label))
        if distance(readings[-1], base) == 0:
            raise Differs(f"{label} says exactly what the base says: it has no effect")
        if not distance(readings[-1], base) >= SEPARATION * criteria.tolerance:
            raise CouldNotRun(
                "not-stated",
                f"{label} changes log-probabilities by {distance(readings[-1], base):.2g} only on this text, and "
                f"rounding may by {criteria.tolerance:.2g}: whether vLLM applies it cannot be seen here",
            )
        found.append(require_apart(readings[-1], base, criteria))
    bench.put("adapted", readings)
    return "; ".join(found)


def merge(bench):
    """Leave out what is only made with the tiny model."""
    raise LeftOut("a model that was given is not merged again")


def free():
    """Give memory of models that nothing refers to back."""
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
