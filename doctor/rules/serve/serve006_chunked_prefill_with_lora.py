"""SERVE006."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.release import Support
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.core.serve import SERVE
from doctor.rules.serve.command import problem, with_lora
from doctor.rules.served import serving


@rule(severity=Severity.ERROR, cause=Cause.OTHER, since="0.1.0", reads=(SERVE, DISTRIBUTIONS))
def chunked_prefill_with_lora(env: Env) -> Iterator[Problem]:
    """LoRA is served without chunked prefill where the release cannot do both.

    ## What it checks
    `--enable-chunked-prefill` beside `--enable-lora` on a release that refuses the two: 0.5.1 to 0.6.4.post1.

    ## Why it matters
    vLLM ends: "LoRA is not supported with chunked prefill yet".

    ## How to fix it
    Leave `--enable-chunked-prefill` out, or use vLLM 0.6.5 or newer.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/v0.5.5/vllm/config.py
    - https://github.com/vllm-project/vllm/blob/v0.6.5/vllm/config.py
    """
    command, served = with_lora(env), serving(env)
    refused = served.agreed(lambda release: release.lora.chunked_prefill) is Support.REFUSED
    if refused and command.on("enable_chunked_prefill"):
        remedy = ("Leave it out", {"enable_chunked_prefill": None})
        yield problem(command, "enable_chunked_prefill", f"{served.label} does not take it together with LoRA", remedy)
