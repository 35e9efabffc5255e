"""MODEL047."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.loading import (
    indexed_files,
    leaves_folder,
)
from doctor.rules.model.reading import (
    need,
)
from doctor.rules.pkg.stack import listing


@rule(severity=Severity.ERROR, cause=Cause.MODEL_WEIGHTS_INCOMPLETE, since="0.1.0", reads=(MODEL,))
def index_outside_folder(env: Env) -> Iterator[Problem]:
    """The index names files of its own folder only.

    ## What it checks
    Names in the index that hold a `/` or are `..`.

    ## Why it matters
    transformers joins the name to the folder and reads what it finds, also outside; vLLM says that the file is
    missing. No tool writes such an index: it was edited, or the folder is not to be trusted. doctor does
    not follow it.

    ## How to fix it
    Do not load the folder before you know where it comes from.

    ## Sources
    - https://huggingface.co/docs/transformers/big_models
    - https://owasp.org/www-community/attacks/Path_Traversal
    """
    folder = env.need(MODEL)
    index = need(env, "the index", folder.index)
    outside = sorted(name for name in indexed_files(index) if leaves_folder(name))
    if outside:
        advice = by_hand("Do not load the folder before you know where it comes from; then make the index anew")
        yield tell(folder, index.name, f"it names {listing(outside)}, which is no file of this folder", advice)
