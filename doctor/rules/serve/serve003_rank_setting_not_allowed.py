"""SERVE003."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.core.serve import SERVE
from doctor.rules.lora.ranks import smallest_setting
from doctor.rules.serve.command import problem, with_lora
from doctor.rules.served import serving


@rule(severity=Severity.ERROR, cause=Cause.LORA_RANK, since="0.1.0", reads=(SERVE, DISTRIBUTIONS))
def rank_setting_not_allowed(env: Env) -> Iterator[Problem]:
    """--max-lora-rank has a value that the installed vLLM allows.

    ## What it checks
    Only certain values are allowed, and they differ by release: 8, 16, 32 and 64 until 0.5.4, up to 512 now.

    ## Why it matters
    vLLM ends: "max_lora_rank (24) must be one of (8, 16, 32, 64, ...)".

    ## How to fix it
    Take the next larger allowed value: the buffers are made for it, and smaller adapters fit.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/v0.5.4/vllm/config.py
    - https://github.com/vllm-project/vllm/blob/v0.32.0/vllm/config/lora.py
    """
    command = with_lora(env)
    rank = command.number("max_lora_rank")
    if rank is None:
        raise NotApplicableError("the command gives --max-lora-rank no whole number; SERVE016 judges that")
    served = serving(env)
    if served.agreed(lambda release: rank in release.lora.max_lora_rank):
        return
    allowed = served.newest.lora.max_lora_rank
    listed = ", ".join(map(str, allowed)) + ("" if len(served.releases) == 1 else " at most")
    larger = smallest_setting((served.newest.lora,), rank) or max(allowed)
    remedy = (f"Set it to {larger}", {"max_lora_rank": (str(larger),)})
    yield problem(command, "max_lora_rank", f"it is {rank}, and {served.label} allows {listed}", remedy)
