"""MODEL051."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import EMPTY_MODEL, MODEL
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.folding import agree, fold, fold_groups
from doctor.rules.model.names import WRAPPERS, foreign_prefix, names_with, wrapper_of
from doctor.rules.model.reading import (
    layout,
    served_groups,
    served_tensors,
)


@rule(
    severity=Severity.ERROR,
    cause=Cause.MODEL_WEIGHTS_INCOMPLETE,
    since="0.1.0",
    reads=(MODEL, DISTRIBUTIONS, EMPTY_MODEL),
)
def names_of_another_model(env: Env) -> Iterator[Problem]:
    """The tensors have the names that the architecture gives them.

    ## What it checks
    Names that begin with a wrapper (`base_model.model.`, `_orig_mod.`, `module.`), and whole models whose
    names lack `model.` or have something before it, such as `language_model.`.

    ## Why it matters
    transformers finds none of its tensors, draws a random model and mentions it in a report. vLLM
    stops with `There is no module or parameter named ...`.

    ## How to fix it
    Save the model without its wrapper; rename the tensors where that is not possible any more.

    ## Sources
    - https://github.com/unslothai/unsloth/issues/2086
    - https://github.com/vllm-project/vllm/issues/15031
    """
    folder = env.need(MODEL)
    tensors, groups = served_tensors(env, folder), served_groups(env, folder)
    wrapped = names_with(groups, wrapper_of)
    if wrapped:
        wrapper = wrapper_of(wrapped[0])
        message = f"{fold(wrapped)} {agree(wrapped, 'bears', 'bear')} the name of {WRAPPERS[wrapper]}, {wrapper}"
        advice = by_hand("Save the model inside the wrapper: `merge_and_unload()`, `model.module`, `model._orig_mod`")
        yield tell(folder, tensors[wrapped[0]].file, message, advice)
        return
    needed = layout(env, folder).needed.keys() - {"lm_head.weight"}
    if needed & tensors.keys():
        return
    prefix = foreign_prefix(groups, needed)
    if prefix is not None:
        message = f"the names begin with {prefix!r}" if prefix else "the names lack their beginning, 'model.'"
        advice = by_hand("Set the architecture that the names belong to, or save the whole model again")
        yield tell(folder, "weights", f"{message}: no tensor has a name of this architecture", advice)
    elif tensors:
        advice = by_hand("Take config.json from the model that these weights are of")
        every = fold_groups(group.names for group in groups)
        yield tell(folder, "weights", f"{every}: no tensor has a name of this architecture", advice)
