"""MODEL038."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.folder import FileKind
from doctor.core.artifact.model import MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import by_hand, tell


@rule(severity=Severity.ERROR, cause=Cause.MODEL_WEIGHTS_INCOMPLETE, since="0.1.0", reads=(MODEL,))
def dangling_link(env: Env) -> Iterator[Problem]:
    """Every symbolic link in the folder leads to a file.

    ## What it checks
    Links whose target is not there.

    ## Why it matters
    The cache of huggingface_hub holds links to files in another folder: copied without `-L`, or moved
    to another machine, they lead nowhere. transformers then says that no file has the name, vLLM
    `No such file or directory`.

    ## How to fix it
    Copy the folder with `cp -rL`, or download it to a folder with `hf download NAME --local-dir DIR`.

    ## Sources
    - https://huggingface.co/docs/huggingface_hub/guides/manage-cache
    """
    folder = env.need(MODEL)
    for file in folder.files:
        if file.kind is FileKind.DANGLING_LINK:
            advice = by_hand("Copy the folder with `cp -rL` from where the links lead somewhere, or download it again")
            yield tell(folder, file.name, f"it is a link to {file.link}, which is not there", advice)
