"""SERVE014."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.core.serve import SERVE
from doctor.rules.serve.command import problem, with_lora


@rule(severity=Severity.INFO, cause=Cause.OTHER, since="0.1.0", reads=(SERVE,))
def adapters_above_slots(env: Env) -> Iterator[Problem]:
    """As many adapters can be used at once as the command loads.

    ## What it checks
    The adapters behind `--lora-modules` are counted and compared with `--max-loras`, which is 1 by default.

    ## Why it matters
    Requests for different adapters wait for each other: only so many adapters take part in one step.

    ## How to fix it
    Set `--max-loras` to the number that is used at once. Each slot takes memory for `--max-lora-rank`.

    ## Sources
    - https://docs.vllm.ai/en/latest/features/lora.html
    """
    command = with_lora(env)
    count = len(command.options.get("lora_modules", ()))
    if not count:
        raise NotApplicableError("the command loads no adapter")
    slots = command.number("max_loras") or 1
    if count > slots:
        remedy = (f"Set --max-loras to {count}", {"max_loras": (str(count),)})
        yield problem(command, "max_loras", f"{count} adapters are loaded, and {slots} can be used at once", remedy)
