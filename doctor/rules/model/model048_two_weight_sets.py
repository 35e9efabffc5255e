"""MODEL048."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import MODEL
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.model.advice import by_hand, set_aside, tell
from doctor.rules.model.folding import agree
from doctor.rules.model.loading import (
    consolidated,
    read_by_transformers,
    read_by_vllm,
    safetensors,
)
from doctor.rules.model.reading import (
    look,
    vllm_version,
)
from doctor.rules.pkg.stack import listing


@rule(severity=Severity.ERROR, cause=Cause.MODEL_WEIGHTS_INCOMPLETE, since="0.1.0", reads=(MODEL, DISTRIBUTIONS))
def two_weight_sets(env: Env) -> Iterator[Problem]:
    """A folder holds one set of weights.

    ## What it checks
    Whether transformers and vLLM would read different safetensors files: a `model.safetensors` beside shards and
    their index, shards of another save, files that the index does not name.

    ## Why it matters
    transformers reads `model.safetensors`, vLLM the files of the index, or all where there is none.
    Saved at different times they hold different models, and both load without a word.

    ## How to fix it
    Keep the set that was saved last, and set the other one aside.

    ## Sources
    - https://github.com/unslothai/unsloth/issues/2978
    - https://github.com/vllm-project/vllm/blob/main/vllm/model_executor/model_loader/weight_utils.py
    """
    folder, version = env.need(MODEL), vllm_version(env)
    index, names = look(env, "the index", folder.index), safetensors(folder)
    own = tuple(name for name in names if name not in consolidated(names))
    theirs, ours = set(read_by_transformers(own, index)), set(read_by_vllm(own, index, version))
    if not theirs or not ours or not (theirs | ours) <= set(names):
        raise NotApplicableError("the weights are not all there, which another rule says")
    unread = [name for name in own if name not in theirs | ours and not _is_of_the_set(name, theirs)]
    if theirs != ours:
        message = f"transformers reads {listing(sorted(theirs))}, and vLLM {listing(sorted(ours))}"
        advice = by_hand("Keep the set that was saved last, and move the other one to another folder")
        yield tell(folder, "weights", message, advice)
    elif unread:
        remedy = set_aside(folder, *unread, text="Set aside what nothing reads")
        message = f"{listing(unread)} {agree(unread, 'is', 'are')} read by nothing: left over from another save"
        yield tell(folder, unread[0], message, remedy, severity=Severity.WARNING)


def _is_of_the_set(name: str, others: set[str]) -> bool:
    """Whether a shard that nothing reads is one of those that are read, which an index left out (MODEL045)."""
    _, of, total = name.rpartition("-of-")
    return bool(of) and any(other.endswith(f"-of-{total}") for other in others)
