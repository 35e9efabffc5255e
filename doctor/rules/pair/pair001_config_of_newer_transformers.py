"""PAIR001."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule
from doctor.core.training import TRAINING
from doctor.rules.pair.both import both

_FIVE = Version("5.0")


@rule(
    severity=Severity.WARNING,
    cause=Cause.TRANSFORMERS_TOO_OLD,
    since="0.1.0",
    reads=(TRAINING, DISTRIBUTIONS),
)
def config_of_newer_transformers(env: Env) -> Iterator[Problem]:
    """What transformers saves after training is read by the transformers that serves it.

    ## What it checks
    The environment that trains (`--train-env`) has no transformers 5 where the one that serves has
    transformers 4.

    ## Why it matters
    transformers 5 writes `rope_parameters` and `dtype` into config.json, which 4 does not read: the
    base of the rotary embedding falls back to 10000, its scaling is dropped, and the model answers
    with other words, without any message. In tokenizer_config.json it writes class names such as
    TokenizersBackend, which 4 does not have: the tokenizer cannot be loaded.

    ## How to fix it
    Serve with a vLLM that takes transformers 5 (0.24 and newer), or train with transformers 4.
    Otherwise write both spellings into config.json (rope_theta, rope_scaling and torch_dtype beside
    the new ones), and PreTrainedTokenizerFast as tokenizer_class; `doctor check --model DIR` looks
    at the folder itself.

    ## Sources
    - https://github.com/vllm-project/vllm/pull/42624
    - https://github.com/vllm-project/vllm/pull/44158
    - https://github.com/huggingface/transformers/issues/47553
    """
    pair = both(env, "transformers")
    if pair.served < _FIVE <= pair.trained:
        yield Problem(
            subject="transformers",
            message=f"it is trained with transformers {pair.trained} and served with {pair.served}, which does not "
            "read the rotary embedding, the dtype and the tokenizer class as 5 writes them",
            remedies=(
                Remedy(
                    text="Serve with a vLLM that takes transformers 5 (0.24 and newer), or write both spellings into "
                    "config.json, and PreTrainedTokenizerFast as tokenizer_class",
                    safety=Safety.MANUAL,
                ),
            ),
        )
