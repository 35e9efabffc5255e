"""How vLLM is called, by release: the one place that knows where its releases differ.

Each row says which form of one call the releases `since` to `until` take. The forms are read
from the sources of all releases (`scripts/read_vllm_signatures.py`), and a test binds what is
called here against them. What no row names is the same in all of them: positional
``LoRARequest(name, number, path)``, prompts as ``{"prompt_token_ids": [...]}``,
``SamplingParams(prompt_logprobs=1)`` and ``llm_engine.add_lora(request)``.
"""

from __future__ import annotations

import dataclasses

from tinyproof.reporting import CouldNotRun

OLDEST = "0.5.0"
"""Older releases cannot serve several adapters in one call of `generate`."""


@dataclasses.dataclass(frozen=True)
class Row:
    """Releases from `since` to `until` (both included, no `until`: still) take `form` for `call`."""

    call: str
    form: str
    since: str = OLDEST
    until: str = ""


ROWS = (
    # The size of the KV cache. Without one the engine takes a share of the GPU's memory.
    Row("cache", "gpu_memory_utilization", until="0.10.1.1"),
    Row("cache", "kv_cache_memory_bytes", since="0.10.2"),
    # The CPU backend took whole GiB from the environment only, and 4 or half of the memory without it.
    Row("cache on a CPU", "VLLM_CPU_KVCACHE_SPACE", until="0.19.1"),
    Row("cache on a CPU", "kv_cache_memory_bytes", since="0.20.0"),
    # 4 GiB of pinned host memory were set aside for swapping, which nothing here needs.
    Row("swap", "swap_space", until="0.17.1"),
    Row("swap", "none", since="0.18.0"),
    Row("chat", "none", until="0.5.4"),
    Row("chat", "LLM.chat", since="0.5.5"),
    # What was found of a model's class is kept in a file, and not found again.
    Row("inspection of a model", "none", until="0.10.2"),
    Row("inspection of a model", "kept", since="0.11.0"),
    Row("taking down", "destroy_model_parallel", until="0.5.0"),
    Row("taking down", "destroy_distributed_environment", since="0.5.0.post1", until="0.6.3.post1"),
    Row("taking down", "cleanup_dist_env_and_memory", since="0.6.4"),
)


def form_of(call, version):
    """Return the form of a call that a release takes; a build without a release's number is taken for the newest.

    Raises:
        CouldNotRun: the release is older than all rows.
    """
    from packaging.version import InvalidVersion, Version

    try:
        wanted = Version(version)
    except InvalidVersion:
        wanted = None
    if wanted is None or (wanted.is_devrelease and wanted < Version(OLDEST)):
        return next(row.form for row in reversed(ROWS) if row.call == call)
    # A pre-release has what its release has, and +cpu says nothing of the interface.
    wanted = Version(wanted.base_version if wanted.is_prerelease else wanted.public)
    for row in ROWS:
        if row.call == call and Version(row.since) <= wanted and (not row.until or wanted <= Version(row.until)):
            return row.form
    raise CouldNotRun("unsupported", f"vLLM {version} is older than {OLDEST}, the oldest that the proof can call")


def engine_options(version, device, limits):
    """Return the arguments of ``LLM`` beside the model, for a release on ``cpu`` or ``cuda``."""
    options = {
        "dtype": limits.dtype,
        "enforce_eager": True,
        # or transformers asks on standard input whether a folder's code may be run
        "trust_remote_code": False,
        "max_model_len": limits.tokens,
        "max_num_batched_tokens": 2 * limits.tokens,
        "max_num_seqs": limits.requests,
        # a prompt that was seen before would not be computed again
        "enable_prefix_caching": False,
        "disable_log_stats": True,
        "seed": 0,
    }
    if device == "cuda":
        # asked for of the free memory, whatever the size of the cache is
        options["gpu_memory_utilization"] = limits.gpu_share
    if form_of("cache on a CPU" if device == "cpu" else "cache", version) == "kv_cache_memory_bytes":
        options["kv_cache_memory_bytes"] = limits.cache_bytes
    if form_of("swap", version) == "swap_space":
        options["swap_space"] = 0
    if limits.adapters:
        # One slot more than adapters: without it vLLM's CPU backend answers base requests of a mixed
        # batch with the last slot's adapter (https://github.com/vllm-project/vllm/pull/48421).
        options.update(enable_lora=True, max_lora_rank=limits.rank, max_loras=limits.adapters + 1)
    return options


def environment(version, device):
    """Return the variables that must be set before the engine starts."""
    if device == "cpu" and form_of("cache on a CPU", version) == "VLLM_CPU_KVCACHE_SPACE":
        return {"VLLM_CPU_KVCACHE_SPACE": "1"}
    return {}


def take_down(engine, version):
    """End an engine, so that the next one finds its memory and its process group free."""
    from vllm.distributed import parallel_state

    core = getattr(engine.llm_engine, "engine_core", None)
    if core is not None:
        core.shutdown()
    form = form_of("taking down", version)
    if form != "cleanup_dist_env_and_memory":
        parallel_state.destroy_model_parallel()
    if form != "destroy_model_parallel":
        getattr(parallel_state, form)()
