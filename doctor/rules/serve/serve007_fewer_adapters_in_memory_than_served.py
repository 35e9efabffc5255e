"""SERVE007."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.core.serve import SERVE
from doctor.rules.serve.command import problem, with_lora


@rule(severity=Severity.ERROR, cause=Cause.OTHER, since="0.1.0", reads=(SERVE,))
def fewer_adapters_in_memory_than_served(env: Env) -> Iterator[Problem]:
    """--max-cpu-loras is not below --max-loras.

    ## What it checks
    The two options are compared; `--max-loras` is 1 where it is not given.

    ## Why it matters
    vLLM ends: "max_cpu_loras (1) must be >= max_loras (4)".

    ## How to fix it
    Set `--max-cpu-loras` to the number of all adapters, or leave it out.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/v0.32.0/vllm/config/lora.py
    """
    command = with_lora(env)
    if not command.has("max_cpu_loras"):
        raise NotApplicableError("the command leaves --max-cpu-loras to its default")
    kept, slots = command.number("max_cpu_loras"), command.number("max_loras") or 1
    if kept is not None and kept < slots:
        remedy = ("Leave it out: it is --max-loras then", {"max_cpu_loras": None})
        yield problem(command, "max_cpu_loras", f"it is {kept}, below --max-loras, which is {slots}", remedy)
