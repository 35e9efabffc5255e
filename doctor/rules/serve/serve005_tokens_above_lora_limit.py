"""SERVE005."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.core.serve import SERVE
from doctor.rules.serve.command import problem, with_lora
from doctor.rules.served import serving


@rule(severity=Severity.ERROR, cause=Cause.LORA_TOKEN_LIMIT, since="0.1.0", reads=(SERVE, DISTRIBUTIONS))
def tokens_above_lora_limit(env: Env) -> Iterator[Problem]:
    """A step computes no more tokens than the release can with LoRA.

    ## What it checks
    `--max-num-batched-tokens`, and `--max-model-len` where that is larger and decides over it, are compared
    with the limit of the release: 65528 until 0.5.4, none since 0.5.5, whose kernels are others.

    ## Why it matters
    vLLM ends: "Due to limitations of the custom LoRA CUDA kernel, max_num_batched_tokens must be <= 65528
    when LoRA is enabled".

    ## How to fix it
    Lower the option, or use vLLM 0.5.5 or newer.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/v0.5.4/vllm/config.py
    - https://github.com/vllm-project/vllm/blob/v0.5.5/vllm/config.py
    """
    command, served = with_lora(env), serving(env)
    limit = served.agreed(lambda release: release.lora.batched_token_limit)
    for name in ("max_num_batched_tokens", "max_model_len"):
        tokens = command.number(name)
        if limit and tokens is not None and tokens > limit:
            message = f"it is {tokens}, and {served.label} computes at most {limit} tokens at once with LoRA"
            yield problem(command, name, message, (f"Set it to {limit} or less", {name: (str(limit),)}))
            return
