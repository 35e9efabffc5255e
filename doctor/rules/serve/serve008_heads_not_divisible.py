"""SERVE008."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.core.serve import SERVE
from doctor.rules.lora.base import config_of, text_config
from doctor.rules.lora.folders import integer
from doctor.rules.serve.command import problem


@rule(severity=Severity.ERROR, cause=Cause.OTHER, since="0.1.0", reads=(SERVE, MODEL))
def heads_not_divisible(env: Env) -> Iterator[Problem]:
    """--tensor-parallel-size divides the attention heads of the model.

    ## What it checks
    `num_attention_heads` of config.json is divided by the option.

    ## Why it matters
    vLLM ends: "Total number of attention heads (28) must be divisible by tensor parallel size (8)".

    ## How to fix it
    Take a number of GPUs that divides the heads, and pipeline parallelism for the rest.

    ## Sources
    - https://docs.vllm.ai/en/latest/serving/parallelism_scaling.html
    """
    command = env.need(SERVE)
    size = command.number("tensor_parallel_size")
    if not size or size == 1:
        raise NotApplicableError("the command uses no tensor parallelism")
    heads = integer(text_config(config_of(env, env.need(MODEL))).get("num_attention_heads"))
    if not heads:
        env.gap("the config states no num_attention_heads")
        return
    if heads % size:
        fitting = max(number for number in range(1, size) if heads % number == 0)
        remedy = (f"Set it to {fitting}", {"tensor_parallel_size": (str(fitting),)})
        yield problem(command, "tensor_parallel_size", f"{heads} attention heads cannot be divided by {size}", remedy)
