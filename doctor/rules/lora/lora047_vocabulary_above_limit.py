"""LORA047."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.artifact.model import BASE, MODEL
from doctor.core.fact import Source, SourceKind
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.release import VllmRelease
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.base import architecture_of, config_of, folder_of, text_config
from doctor.rules.lora.folders import integer
from doctor.rules.lora.remedies import manual
from doctor.rules.served import serving, upgrades


@rule(
    severity=Severity.ERROR,
    cause=Cause.LORA_TOKEN_LIMIT,
    since="0.1.0",
    reads=(ADAPTERS, MODEL, BASE, DISTRIBUTIONS, INTERPRETER),
)
def vocabulary_above_limit(env: Env) -> Iterator[Problem]:
    """The vocabulary of the base is small enough for vLLM's LoRA.

    ## What it checks
    Where the installed release adapts the lm_head of the base's architecture, the vocabulary of the base is within
    the limit of that release.

    ## Why it matters
    With `--enable-lora` the server does not start, whether or not an adapter touches the lm_head: "When using
    LoRA, vocab size must be 32000 >= vocab_size <= 257024". The limit was 33024 until 0.4.0.post1, 128512 until
    0.5.4, 257024 until 0.16.0 and is 258048 since.

    ## How to fix it
    Use a release with a higher limit, or serve merged models.

    ## Sources
    - https://github.com/vllm-project/vllm/issues/3000
    - https://github.com/vllm-project/vllm/pull/34773
    - https://github.com/vllm-project/vllm/blob/v0.32.0/vllm/lora/layers/logits_processor.py
    """
    env.need(ADAPTERS)
    model = folder_of(env)
    size = integer(text_config(config_of(env, model)).get("vocab_size"))
    if size is None:
        env.gap(f"the config.json of {model.path} states no vocab_size")
        return
    architecture = architecture_of(env)
    served = serving(env)
    if served.agreed(partial(_is_above, architecture, size)):
        yield Problem(
            subject=model.path,
            message=f"its vocabulary has {size} tokens, and {served.label} starts with LoRA on {architecture} up to "
            f"{served.newest.lora.vocabulary_limit}",
            location=Source(kind=SourceKind.CONFIG, where=f"{model.path}/config.json"),
            remedies=(
                *upgrades(env, lambda release: not _is_above(architecture, size, release)),
                manual("Merge each adapter into the base and serve the merged models without --enable-lora"),
            ),
        )


def _is_above(architecture: str, size: int, release: VllmRelease) -> bool:
    served = release.architectures.get(architecture)
    return served is not None and "lm_head" in served.embeddings and size > release.lora.vocabulary_limit
