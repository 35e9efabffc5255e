"""Starting vLLM in this process and generating with it.

One process for engine and caller: with the default of several, an adapter that cannot be loaded
ends the engine and hides the cause (https://docs.vllm.ai/en/latest/usage/troubleshooting.html).
"""

from __future__ import annotations

import dataclasses
import gc

from tinyproof.model import NEW_TOKENS, PROMPT, RANK
from tinyproof.readings import Reading
from tinyproof.reporting import CouldNotRun

KV_CACHE_BYTES = 4 << 20
"""Far more than the prompt needs; without a size the CPU engine asks for nearly all memory."""

GPU_FRACTION = 0.3
"""Of the GPU's memory, for engines that cannot be told the size of the cache."""


def start(folder, dtype, lora):
    """Start an engine on a saved model; `dtype` is a name such as ``float32``."""
    engine_class = import_engine()
    _require_device()
    wanted = {
        "dtype": dtype,
        "enforce_eager": True,
        "max_model_len": 64,
        "max_num_batched_tokens": 64,
        "max_num_seqs": 2,
        "kv_cache_memory_bytes": KV_CACHE_BYTES,
        "gpu_memory_utilization": GPU_FRACTION,
        "enable_prefix_caching": False,
        "disable_log_stats": True,
        "seed": 0,
    }
    if lora:
        wanted.update(enable_lora=True, max_lora_rank=RANK, max_loras=2)
    return engine_class(model=folder, **_known_options(wanted))


def import_engine():
    """Import vLLM; what fails here fails with a GPU as well, but for the driver's own library."""
    try:
        from vllm import LLM
    except ImportError as error:
        if "libcuda.so.1" in str(error):
            raise CouldNotRun("unsupported", f"vLLM needs a GPU's driver: {error}") from error
        raise
    return LLM


def _require_device():
    import torch

    if torch.version.cuda and not torch.cuda.is_available():
        detail = f"torch is built for CUDA {torch.version.cuda} and sees no GPU: vLLM cannot start here"
        raise CouldNotRun("unsupported", detail)


def _known_options(wanted):
    """Leave out what this vLLM does not know yet: kv_cache_memory_bytes came with 0.11."""
    from vllm.engine.arg_utils import EngineArgs

    known = {item.name for item in dataclasses.fields(EngineArgs)}
    options = {name: value for name, value in wanted.items() if name in known}
    if "kv_cache_memory_bytes" in options:
        del options["gpu_memory_utilization"]
    return options


def read(engine, name, adapter=None):
    """Let vLLM score the prompt and continue it greedily.

    `adapter` is None or (name, number, folder); base and adapter are never in one batch, where
    vLLM's CPU backend gives base requests an adapter (https://github.com/vllm-project/vllm/pull/48421).
    """
    from vllm import SamplingParams

    request = None
    if adapter is not None:
        from vllm.lora.request import LoRARequest

        request = LoRARequest(*adapter)
        # raises here what generate() would leave in the scheduler as a request that never ends
        engine.llm_engine.add_lora(request)
    asked = SamplingParams(temperature=0.0, max_tokens=NEW_TOKENS, prompt_logprobs=1, ignore_eos=True)
    answer = engine.generate([{"prompt_token_ids": PROMPT}], asked, use_tqdm=False, lora_request=request)[0]
    scored = answer.prompt_logprobs or []
    logprobs = [scored[index][PROMPT[index]].logprob for index in range(1, len(scored))]
    return Reading(name, logprobs, answer.outputs[0].token_ids)


def chat(engine, messages):
    """Return the token ids that vLLM makes of a conversation, or None where it cannot be asked."""
    if not hasattr(engine, "chat"):
        return None
    from vllm import SamplingParams

    answer = engine.chat([messages], SamplingParams(temperature=0.0, max_tokens=1), use_tqdm=False)[0]
    return list(answer.prompt_token_ids)


def stop(engine):
    """Take an engine down, so that the next one finds its memory and its process group free."""
    core = getattr(engine.llm_engine, "engine_core", None)
    if core is not None:
        core.shutdown()
    del engine, core
    from vllm.distributed.parallel_state import cleanup_dist_env_and_memory

    cleanup_dist_env_and_memory()
    gc.collect()
