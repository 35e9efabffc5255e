"""What a given command line of vLLM makes of the memory of the GPUs."""

from __future__ import annotations

from doctor.core.packages.release import VllmRelease
from doctor.core.serve import ServeCommand
from doctor.core.serving import GIB, ServingPlan
from doctor.serving.advice import default_utilization, describe
from doctor.serving.demand import PlanningError
from doctor.serving.plan import Demand, Settings, lay_out
from doctor.serving.wishes import Hardware

NOT_COUNTED = (
    "pipeline_parallel_size",
    "cpu_offload_gb",
    "kv_cache_memory_bytes",
    "num_gpu_blocks_override",
    "quantization",
    "speculative_config",
    "load_format",
    "block_size",
)
"""Options that change what takes the memory in ways that no formula here follows."""

DEFAULTS = ((160, 16384, 1024), (70, 8192, 1024), (0, 2048, 256))
"""GiB of a GPU from which a server computes so many tokens in a step, for so many sequences, where it is not told
(https://github.com/vllm-project/vllm/blob/v0.32.0/vllm/engine/arg_utils.py, get_batch_defaults)."""

_CAUTIOUS = "A100"
"""Larger steps make this one slower (https://github.com/vllm-project/vllm/pull/17885)."""


def plan_command(
    command: ServeCommand, model: str, demand: Demand, hardware: Hardware, release: VllmRelease | None
) -> ServingPlan:
    """Lay out the memory as the command says; what it leaves out is vLLM's default, and the notes say so.

    Raises:
        PlanningError: it holds an option whose effect on the memory is not known.
    """
    for name in NOT_COUNTED:
        if command.has(name) and command.text_of(name) not in ("1", "auto"):
            raise PlanningError(f"what {command.written.get(name, name)} makes of the memory is not counted")
    if (command.text_of("dtype") or "").startswith("float32"):
        raise PlanningError("numbers of 32 bits are not counted")
    settings, assumed = settings_of(command, demand, hardware, release)
    layout = lay_out(demand, settings, hardware.memory)
    notes = [f"left to vLLM's default: {', '.join(assumed)}"] if assumed else []
    notes.append("activations, context and graphs are estimates, good to about 1 GiB; the rest follows from the files")
    shortage = "" if layout.capacity else f"not one request of {settings.length} tokens fits beside the rest"
    return describe(model, demand, hardware, layout, notes=tuple(notes), shortage=shortage)


def settings_of(
    command: ServeCommand, demand: Demand, hardware: Hardware, release: VllmRelease | None
) -> tuple[Settings, list[str]]:
    """The settings of a command, and what was assumed for what it leaves out."""
    assumed: list[str] = []

    def number(name: str, default: int) -> int:
        found = command.number(name)
        if found is None:
            assumed.append(f"--{name.replace('_', '-')} {default}")
        return default if found is None else found

    share = command.share("gpu_memory_utilization")
    if share is None:
        share = default_utilization(release)
        assumed.append(f"--gpu-memory-utilization {share}")
    step, sequences = _batch_defaults(hardware)
    lora = command.on("enable_lora")
    return (
        Settings(
            utilization=share,
            length=number("max_model_len", demand.positions),
            batched_tokens=number("max_num_batched_tokens", step),
            sequences=number("max_num_seqs", sequences),
            slots=number("max_loras", 1) if lora else 0,
            rank=number("max_lora_rank", 16) if lora else 0,
            cache_element=1 if (command.text_of("kv_cache_dtype") or "").startswith("fp8") else 2,
            graphs=not command.on("enforce_eager"),
            parallel=hardware.gpus,
        ),
        assumed,
    )


def _batch_defaults(hardware: Hardware) -> tuple[int, int]:
    rows = DEFAULTS[-1:] if _CAUTIOUS in hardware.name and hardware.memory < DEFAULTS[0][0] * GIB else DEFAULTS
    return next((step, sequences) for least, step, sequences in rows if hardware.memory >= least * GIB)
