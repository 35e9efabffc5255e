"""What vLLM says, compared with what Hugging Face says."""

from __future__ import annotations

import gc
import json
import shutil
from pathlib import Path

from tinyproof import inspection, serving
from tinyproof.converting import CHAT
from tinyproof.readings import require_apart, require_equal, require_equal_answer
from tinyproof.reporting import Differs, LeftOut

TOO_LARGE = 2
"""The rank of the adapter that must be refused, in multiples of the largest that is allowed."""

LENGTH = 64
"""Tokens that a request of a tiny model may have."""


def start_vllm(bench):
    """Import vLLM, whatever became of the model, and start it with LoRA on what was converted."""
    serving.import_engine()
    inspection.finish(bench)
    folder = bench.take("base folder")
    limits = _limits(bench, len(bench.take("adapters")))
    before = serving.free_memory(bench.take("device"))
    engine = serving.start(folder, bench.take("device"), limits)
    bench.put("running vLLM", engine)
    bench.reporter.send(kind="figures", figures=serving.figures(engine, before))
    return f"vLLM {serving.engine_version()} answers" + (" with LoRA enabled" if bench.take("adapters") else "")


def _limits(bench, adapters):
    """What the engine is started with; a given model leaves limits of its own."""
    made = serving.Limits(
        dtype=bench.take("dtype"), tokens=LENGTH, requests=4, rank=bench.take("rank"), adapters=adapters
    )
    return bench.take("limits")(made) if bench.job.model else made


def serve_base(bench):
    """Let vLLM generate from the base model and tokenize a conversation."""
    engine = bench.take("running vLLM")
    found = serving.read(engine, bench.take("prompt"), "vLLM's base")
    bench.put("served base", found)
    message = require_equal(found, bench.take("reading of the base"), bench.take("criteria"))
    expected = bench.take("chat ids")
    ids = serving.chat(engine, CHAT) if expected else None
    if ids is not None and ids != list(expected):
        raise Differs("vLLM's chat makes other tokens of a conversation than Hugging Face does")
    return message


def serve_adapters(bench):
    """Let vLLM generate with each adapter, in calls of their own, then with the base again."""
    adapters = _adapters(bench)
    engine, references, prompt = bench.take("running vLLM"), bench.take("adapted"), bench.take("prompt")
    before, criteria = bench.take("served base"), bench.take("criteria")
    found, messages = [], []
    for adapter, reference in zip(adapters, references):
        found.append(serving.read(engine, prompt, f"vLLM's {adapter[0]} adapter", adapter))
        messages.append(require_equal(found[-1], reference, criteria))
    require_apart(found[0], before, criteria)
    if len(found) > 1:
        # The comparison must be able to fail, or its passing says nothing.
        require_apart(found[1], references[0], criteria)
    require_equal(
        serving.read(engine, prompt, "vLLM's base after the adapters"), bench.take("reading of the base"), criteria
    )
    return "; ".join(messages)


def _adapters(bench):
    """Name, number and folder of each adapter.

    Raises:
        LeftOut: there is none to be proven.
    """
    paths = bench.take("adapters")
    if not paths:
        raise LeftOut("no adapter was given: --adapter names one")
    return [(bench.take("names")[index], index + 1, path) for index, path in enumerate(paths)]


def serve_batch(bench):
    """Let vLLM answer with the base and each adapter in one batch: none may get another's answer."""
    adapters = _adapters(bench)
    engine, prompt = bench.take("running vLLM"), bench.take("prompt")
    asked = [None, *adapters[:2], None]
    base = bench.take("reading of the base")
    references = [base, *bench.take("adapted")[:2], base]
    names = ["vLLM's {} in one batch".format(f"{item[0]} adapter" if item else "base") for item in asked]
    found = serving.read_batch(engine, prompt, names, asked)
    pairs = zip(found, references)
    clear = min(require_equal_answer(one, reference, bench.take("criteria")) for one, reference in pairs)
    return (
        f"base and {len(asked) - 2} adapters in one batch say what they say alone, {clear} greedy tokens each "
        f"(with max_loras={len(adapters) + 1}, one slot to spare: without it vLLM on a CPU gives base requests "
        "an adapter)"
    )


def refuse(bench):
    """Let vLLM load an adapter of too large a rank: it must refuse it, and go on."""
    adapters = _adapters(bench)
    engine, prompt = bench.take("running vLLM"), bench.take("prompt")
    limit = bench.take("rank")
    broken = write_of_rank(adapters[0][2], bench.path("too large"), TOO_LARGE * limit)
    said = ""
    try:
        serving.load_adapter(engine, ("too large", len(adapters) + 1, broken))
    except Exception as error:  # noqa: BLE001 - releases refuse with exceptions of different types
        said = " ".join(str(error).split())
    if not said:
        raise Differs(f"vLLM took an adapter of rank {TOO_LARGE * limit} although max_lora_rank is {limit}")
    if "rank" not in said.lower():
        raise Differs(f"vLLM refused an adapter of too large a rank for another reason: {said[:300]}")
    again = serving.read(engine, prompt, "vLLM's base after the refusal")
    require_equal(again, bench.take("reading of the base"), bench.take("criteria"))
    return f"an adapter of rank {TOO_LARGE * limit} was refused: {said[:200]}"


def write_of_rank(path, target, rank):
    """Write an adapter again with a larger rank, filled up with zeros; return its folder."""
    import torch
    from safetensors.torch import load_file, save_file

    shutil.copytree(path, target)
    file, config = str(Path(target, "adapter_model.safetensors")), Path(target, "adapter_config.json")
    grown = {}
    for name, value in load_file(file).items():
        if "lora_A" in name or "lora_B" in name:
            short = 0 if "lora_A" in name else 1
            shape = list(value.shape)
            shape[short] = rank - shape[short]
            value = torch.cat([value, torch.zeros(shape, dtype=value.dtype)], dim=short).contiguous()
        grown[name] = value
    save_file(grown, file, metadata={"format": "pt"})
    config.write_text(json.dumps({**json.loads(config.read_text()), "r": rank}))
    return target


def serve_merged(bench):
    """Start vLLM on the merged model instead, and generate. The process ends after it, and the engine with it."""
    folder, reference = bench.take("merged folder"), bench.take("merged")
    serving.stop(bench.drop("running vLLM"))
    gc.collect()
    engine = serving.start(folder, bench.take("device"), _limits(bench, 0))
    found = serving.read(engine, bench.take("prompt"), "vLLM's merged model")
    return require_equal(found, reference, bench.take("criteria"))
