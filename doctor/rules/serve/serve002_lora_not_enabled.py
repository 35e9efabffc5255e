"""SERVE002."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.core.serve import SERVE
from doctor.rules.serve.command import problem


@rule(severity=Severity.ERROR, cause=Cause.OTHER, since="0.1.0", reads=(SERVE,))
def lora_not_enabled(env: Env) -> Iterator[Problem]:
    """A command that names adapters enables LoRA.

    ## What it checks
    `--lora-modules` and the options of LoRA are given together with `--enable-lora`.

    ## Why it matters
    Without it vLLM takes no adapter: a request that names one is answered with an error that the model
    does not exist, or the server ends while it loads the adapters.

    ## How to fix it
    Add `--enable-lora`.

    ## Sources
    - https://docs.vllm.ai/en/latest/features/lora.html
    """
    command = env.need(SERVE)
    options = [name for name in ("lora_modules", "max_lora_rank", "max_loras", "max_cpu_loras") if command.has(name)]
    if not options:
        raise NotApplicableError("the command has no option of LoRA")
    if not command.on("enable_lora"):
        remedy = ("Add --enable-lora", {"enable_lora": ()})
        yield problem(command, options[0], "it is given without --enable-lora, and has no effect", remedy)
