"""LORA051."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.artifact.model import BASE, MODEL
from doctor.core.fact import Source, SourceKind
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.release import VllmRelease
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule
from doctor.core.serve import SERVE
from doctor.rules.lora.base import config_of, folder_of, text_config
from doctor.rules.lora.folders import integer
from doctor.rules.served import serve_words, serving, upgrades


@rule(
    severity=Severity.ERROR,
    cause=Cause.LORA_TOKEN_LIMIT,
    since="0.1.0",
    reads=(ADAPTERS, MODEL, BASE, DISTRIBUTIONS, INTERPRETER, SERVE),
)
def context_above_token_limit(env: Env) -> Iterator[Problem]:
    """The context of the base is within the number of tokens that vLLM's LoRA takes at once.

    ## What it checks
    `max_position_embeddings` of the base, which is what max_num_batched_tokens becomes where nothing is set,
    is not above the limit that the release has with LoRA: 65528 until 0.5.4, none since 0.5.5.

    ## Why it matters
    A base of 128k tokens does not start with `--enable-lora`: "Due to limitations of the custom LoRA CUDA
    kernel, max_num_batched_tokens must be <= 65528 when LoRA is enabled", although nobody set it.

    ## How to fix it
    Limit the context (`--max-model-len`), or use vLLM 0.5.5 or newer.

    ## Sources
    - https://github.com/modelscope/ms-swift/issues/1723
    - https://github.com/vllm-project/vllm/blob/v0.5.4/vllm/config.py
    - https://github.com/vllm-project/vllm/blob/v0.5.5/vllm/config.py
    """
    env.need(ADAPTERS)
    model = folder_of(env)
    positions = integer(text_config(config_of(env, model)).get("max_position_embeddings"))
    command = env.look(SERVE)
    stated = command.number("max_model_len") if command else None
    served = serving(env)
    lengths = [length for length in (positions, stated) if length is not None]
    if not lengths:
        if served.newest.lora.batched_token_limit:
            env.gap(f"the config.json of {model.path} states no max_position_embeddings")
        return
    context = min(lengths)
    if not served.agreed(partial(_is_above, context)):
        return
    limit = served.newest.lora.batched_token_limit
    option = {"max_model_len": (str(limit),)}
    yield Problem(
        subject=model.path,
        message=f"its context is {context} tokens, and {served.label} takes at most {limit} at once with LoRA: it does "
        "not start unless the context is limited",
        location=Source(kind=SourceKind.CONFIG, where=f"{model.path}/config.json"),
        remedies=(
            Remedy(
                text=f"Start vLLM with --max-model-len {limit} or less",
                commands=(
                    command.words(option) if command else serve_words(env, model.path, {"enable_lora": (), **option}),
                ),
                safety=Safety.MANUAL,
            ),
            *upgrades(env, lambda release: not _is_above(context, release)),
        ),
    )


def _is_above(context: int, release: VllmRelease) -> bool:
    return 0 < release.lora.batched_token_limit < context
