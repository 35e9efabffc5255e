"""MODEL044."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import set_aside, tell
from doctor.rules.model.folding import agree
from doctor.rules.model.loading import (
    SINGLE,
    indexed_files,
    safetensors,
)
from doctor.rules.model.reading import (
    look,
)
from doctor.rules.pkg.stack import listing


@rule(severity=Severity.ERROR, cause=Cause.MODEL_WEIGHTS_INCOMPLETE, since="0.1.0", reads=(MODEL,))
def index_left_over(env: Env) -> Iterator[Problem]:
    """No index of other files lies beside a model.safetensors.

    ## What it checks
    An index that names files that are not there, in a folder with a `model.safetensors`.

    ## Why it matters
    It is left over from an earlier save. transformers reads the one file; vLLM from 0.26 on stops with
    `Weight files referenced in index but missing`, earlier ones find no weights at all.

    ## How to fix it
    Set the index aside.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/main/vllm/model_executor/model_loader/weight_utils.py
    """
    folder = env.need(MODEL)
    index, names = look(env, "the index", folder.index), safetensors(folder)
    missing = sorted(indexed_files(index) - set(names))
    if index is not None and missing and SINGLE in names:
        remedy = set_aside(folder, index.name, text="Set the old index aside")
        message = f"it names {listing(missing)}, which {agree(missing, 'is', 'are')} not there, beside a {SINGLE}"
        yield tell(folder, index.name, message, remedy)
