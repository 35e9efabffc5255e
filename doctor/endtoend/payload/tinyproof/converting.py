"""Making a tiny model, converting it as one does after fine-tuning, and reading it with Hugging Face."""

from __future__ import annotations

from pathlib import Path

from tinyproof import huggingface, model
from tinyproof.readings import Criteria, distance, require_apart, require_equal
from tinyproof.reporting import Differs

CHAT = [{"role": "user", "content": "hello world, größer 世界?"}]
LOOSE = 0.25
"""Share of the adapter's effect that rounding the merged weights to 16 bit may cost."""

NOISE = 4
"""Tolerance of 16-bit computing, in multiples of what 16 bit costs Hugging Face itself (1.7 was seen)."""


def make(bench):
    """Make the model, the tokenizer and two adapters; train each adapter a step, and save them."""
    architecture = bench.job.architecture
    losses = []
    for number, name in enumerate(model.ADAPTERS):
        made = model.make_model(architecture, architecture.seed)
        adapted = model.add_adapter(made, architecture.seed + 1000 + number)
        losses.append(model.train(adapted))
        adapted.save_pretrained(bench.path(name))
    bench.put("model", model.make_model(architecture, architecture.seed))
    bench.put("tokenizer", model.make_tokenizer())
    bench.put("prompt", list(model.PROMPT))
    bench.put("adapters", [bench.path(name) for name in model.ADAPTERS])
    bench.put("names", list(model.ADAPTERS))
    bench.put("rank", model.RANK)
    said = ", ".join(f"{before:.3f} to {after:.3f}" for before, after in losses)
    # written so that a NaN is not taken for progress
    if not all(after < before for before, after in losses):
        raise Differs(f"a training step must lower the loss, and it went from {said}")
    return f"a tiny {architecture.name} and {len(model.ADAPTERS)} adapters, trained for a step: loss from {said}"


def convert(bench):
    """Save as one does after fine-tuning, in 16 bit, and load back what was written."""
    import torch

    made, tokenizer = bench.take("model"), bench.take("tokenizer")
    folder = bench.path("converted")
    save(made, tokenizer, folder)
    bench.put("base folder", folder)
    loaded, notes = huggingface.load_base(folder, torch.bfloat16)
    require_all_keys(notes)
    weights = loaded.state_dict()
    changed = [name for name, value in made.state_dict().items() if not torch.equal(value, weights[name])]
    if changed:
        raise Differs("weights changed on the way through the disk: {}".format(", ".join(changed[:5])))
    base = _read_base(bench, folder, made)
    message = require_equal(base, bench.take("reading in memory"), Criteria(bench.job.architecture.exact))
    bench.put("chat ids", require_same_tokenizer(tokenizer, folder))
    return message


def save(made, tokenizer, folder):
    """Save a model in the type that it has, with its tokenizer, and its configuration by hand."""
    made.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    made.config.to_json_file(str(Path(folder, "config.json")))


def require_all_keys(notes):
    """Demand that the loader had nothing to say of its keys."""
    for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        if notes.get(kind):
            what = kind.replace("_", " ")
            raise Differs(f"the saved model has {what}: {sorted(map(str, notes[kind]))[:5]}")


def _read_base(bench, folder, made):
    """Read the model in memory and the one on disk in float32, and put the tolerance for vLLM."""
    import torch

    architecture, prompt = bench.job.architecture, bench.take("prompt")
    if architecture.attention:
        made.set_attn_implementation(architecture.attention)
    in_memory = model.convert_parameters(made, torch.float32)
    bench.put("reading in memory", huggingface.read(in_memory, prompt, "the model in memory"))
    loaded = huggingface.load_base(folder, torch.float32, architecture.attention)[0]
    base = huggingface.read(loaded, prompt, "Hugging Face's base")
    generated = huggingface.generate(loaded, prompt)
    if generated != base.tokens[: len(generated)] or not generated:
        raise Differs(f"generate() makes {generated} of the prompt, and its scores say {base.tokens}")
    bench.put("reading of the base", base)
    bench.put("criteria", _criteria(bench, base))
    return base


def _criteria(bench, base):
    """What vLLM's answers are judged by, in the type that it computes in."""
    import torch

    dtype, architecture = bench.take("dtype"), bench.job.architecture
    if dtype == "float32":
        return Criteria(architecture.exact)
    loaded = huggingface.load_base(bench.take("base folder"), getattr(torch, dtype), architecture.attention)[0]
    rounded = huggingface.read(loaded.to(bench.take("device")), bench.take("prompt"), f"base in {dtype}")
    return Criteria(NOISE * distance(rounded, base) + 1e-3)


def require_same_tokenizer(made, folder):
    """Demand that a saved tokenizer and its template do what those in memory do; return a conversation's ids."""
    from transformers import AutoTokenizer

    loaded = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    text = CHAT[0]["content"]
    ids = made(text)["input_ids"]
    if loaded(text)["input_ids"] != ids or loaded.decode(ids) != text:
        raise Differs("the tokenizer that was loaded back encodes a text differently")
    conversation = made.apply_chat_template(CHAT, tokenize=False, add_generation_prompt=True)
    if loaded.apply_chat_template(CHAT, tokenize=False, add_generation_prompt=True) != conversation:
        raise Differs("the chat template that was loaded back writes a conversation differently")
    return loaded(conversation, add_special_tokens=False)["input_ids"]


def adapt(bench):
    """Load the adapters with PEFT: each must change what the model says, and differently."""
    base = bench.take("reading of the base")
    readings = [_read_adapter(bench, path, "float32") for path in bench.take("adapters")]
    bench.put("adapted", readings)
    if bench.take("dtype") != "float32":
        rounded = _read_adapter(bench, bench.take("adapters")[0], bench.take("dtype"), bench.take("device"))
        bench.put("criteria", bench.take("criteria").widened(NOISE * distance(rounded, readings[0]) + 1e-3))
    first, second = readings
    exact = Criteria(bench.job.architecture.exact)
    found = [require_apart(first, base, exact), require_apart(second, base, exact), require_apart(first, second, exact)]
    return "; ".join(found)


def _read_adapter(bench, path, dtype, device="cpu"):
    import torch

    attention = bench.job.architecture.attention
    loaded = huggingface.load_adapter(bench.take("base folder"), path, getattr(torch, dtype), attention)
    return huggingface.read(loaded.to(device), bench.take("prompt"), f"Hugging Face's {Path(path).name} adapter")


def merge(bench):
    """Merge the first adapter, save in 16 bit, and load that back."""
    import torch

    architecture, prompt = bench.job.architecture, bench.take("prompt")
    folder, target = bench.take("base folder"), bench.path("merged")
    first, base = bench.take("adapted")[0], bench.take("reading of the base")
    adapted = huggingface.load_adapter(folder, bench.take("adapters")[0], torch.float32, architecture.attention)
    merged = adapted.merge_and_unload()
    message = require_equal(huggingface.read(merged, prompt, "the merged model"), first, Criteria(architecture.exact))
    save(model.convert_parameters(merged, torch.bfloat16), bench.take("tokenizer"), target)
    loaded = huggingface.load_base(target, torch.float32, architecture.attention)[0]
    found = huggingface.read(loaded, prompt, "Hugging Face's merged model")
    bench.put("merged folder", target)
    bench.put("merged", found)
    apart, effect = distance(found, first), distance(first, base)
    if not apart <= LOOSE * effect:
        raise Differs(f"the merged model is {apart:.4g} from the adapter, whose effect is {effect:.4g}")
    return f"{message}; {apart:.2g} after rounding to 16 bit"
