"""MODEL026."""

from __future__ import annotations

import re
from collections.abc import Iterator

from doctor.core.artifact.model import EMPTY_MODEL, MODEL
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.folding import agree, fold
from doctor.rules.model.names import is_foreign, is_fused
from doctor.rules.model.reading import (
    layout,
    served_tensors,
)

_IGNORED = re.compile(r"rotary_emb\.(inv_freq|cos_cached|sin_cached)$|\.attn\.(bias|masked_bias)$|_scale$")
"""Buffers that older releases wrote and all readers skip."""


@rule(
    severity=Severity.ERROR,
    cause=Cause.MODEL_WEIGHTS_INCOMPLETE,
    since="0.1.0",
    reads=(MODEL, DISTRIBUTIONS, EMPTY_MODEL),
)
def tensor_unexpected(env: Env) -> Iterator[Problem]:
    """Every tensor in the files has a place in the model.

    ## What it checks
    The names in the headers that do not follow from the config: more layers than it states, biases
    that it does not switch on, parts of another architecture.

    ## Why it matters
    transformers leaves them out and mentions it in a report: a model with fewer layers answers.
    vLLM stops with `There is no module or parameter named ...`, and drops biases without a word.

    ## How to fix it
    Correct the number of layers or the biases in config.json, or save again.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/main/vllm/model_executor/models/utils.py
    """
    folder = env.need(MODEL)
    tensors, plan = served_tensors(env, folder), layout(env, folder)
    if not plan.needed.keys() & tensors.keys() - {"lm_head.weight"}:
        raise NotApplicableError("no tensor has a name of this architecture, which another rule says")
    unknown = [name for name in tensors if name not in plan.tensors and not _IGNORED.search(name)]
    unknown = [name for name in unknown if not is_foreign(name) and not is_fused(name)]
    biases = [name for name in unknown if name.endswith(".bias") and f"{name[:-5]}.weight" in plan.tensors]
    others = [name for name in unknown if name not in biases]
    if others:
        advice = by_hand("Correct config.json, where it states too few layers, or save the model again")
        message = f"{fold(others)} {agree(others, 'has', 'have')} no place in the model that config.json describes"
        yield tell(folder, tensors[others[0]].file, message, advice)
    if biases:
        advice = by_hand("Switch the biases on in config.json (attention_bias, mlp_bias), if the base model has them")
        dropped = f"{agree(biases, 'is', 'are')} dropped without a word"
        message = f"{fold(biases)} {dropped}: config.json says that there are no such biases"
        yield tell(folder, tensors[biases[0]].file, message, advice, severity=Severity.WARNING)
