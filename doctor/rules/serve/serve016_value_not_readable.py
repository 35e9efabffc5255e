"""SERVE016."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.core.serve import SERVE, ServeCommand
from doctor.rules.serve.command import problem

WHOLE = (
    *("max_model_len", "max_num_seqs", "max_num_batched_tokens", "block_size", "port", "seed"),
    *("tensor_parallel_size", "pipeline_parallel_size", "data_parallel_size"),
    *("max_loras", "max_lora_rank", "max_cpu_loras"),
)
"""Options that take a whole number."""

AUTOMATIC = ("auto", "-1")
"""What newer releases take for a length that they choose themselves."""

DTYPES = ("auto", "half", "float16", "bfloat16", "float", "float32")


@rule(severity=Severity.ERROR, cause=Cause.OTHER, since="0.1.0", reads=(SERVE,))
def value_not_readable(env: Env) -> Iterator[Problem]:
    """The options of the command have values of their kind.

    ## What it checks
    Whole numbers, the share of `--gpu-memory-utilization`, the name of `--dtype`, and adapters in the form
    NAME=PATH or as JSON.

    ## Why it matters
    vLLM ends at once: "argument --port: invalid int value", or "invalid choice".

    ## How to fix it
    Write a value of the kind that the message names.

    ## Sources
    - https://docs.vllm.ai/en/latest/cli/serve/
    - https://docs.vllm.ai/en/latest/features/lora.html
    """
    command = env.need(SERVE)
    for name, wanted in _wrong(command):
        said = " ".join(command.options[name]) or "nothing"
        yield problem(command, name, f"it is {said}, and it takes {wanted}", ("Leave it to its default", {name: None}))


def _wrong(command: ServeCommand) -> Iterator[tuple[str, str]]:
    """The options whose values cannot be read, and what they take."""
    for name in WHOLE:
        automatic = name == "max_model_len" and command.text_of(name) in AUTOMATIC
        if command.has(name) and command.number(name) is None and not automatic:
            yield name, "a whole number"
    share = command.share("gpu_memory_utilization")
    if command.has("gpu_memory_utilization") and (share is None or not 0 < share <= 1):
        yield "gpu_memory_utilization", "a share above 0 and up to 1"
    if command.has("dtype") and command.text_of("dtype") not in DTYPES:
        yield "dtype", f"one of {', '.join(DTYPES)}"
    modules = command.options.get("lora_modules")
    if modules is not None and not (modules and all(map(_is_module, modules))):
        yield "lora_modules", "NAME=PATH for each adapter"


def _is_module(value: str) -> bool:
    name, _, path = value.partition("=")
    return value.startswith("{") or bool(name and path)
