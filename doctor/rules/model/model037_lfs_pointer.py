"""MODEL037."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.folder import FileKind
from doctor.core.artifact.model import MODEL
from doctor.core.report import Cause, Problem, Remedy, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import tell
from doctor.rules.pkg.stack import listing


@rule(severity=Severity.ERROR, cause=Cause.MODEL_WEIGHTS_INCOMPLETE, since="0.1.0", reads=(MODEL,))
def lfs_pointer(env: Env) -> Iterator[Problem]:
    """No file is the pointer that Git LFS leaves in its place.

    ## What it checks
    Small files that begin with `version https://git-lfs`.

    ## Why it matters
    A repository that was cloned without Git LFS looks complete, and its weights are texts of 130 bytes:
    the libraries read the first of them as the length of a header, and say `header too large`.

    ## How to fix it
    Run `git lfs pull` in the folder, or download it with `hf download`.

    ## Sources
    - https://huggingface.co/docs/hub/repositories-getting-started
    - https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
    """
    folder = env.need(MODEL)
    pointers = folder.names(FileKind.LFS_POINTER)
    if pointers:
        commands = (("git", "-C", folder.path, "lfs", "pull"),)
        remedy = Remedy(text="Fetch the files that the pointers stand for", commands=commands)
        yield tell(folder, pointers[0], f"{listing(pointers)}: a Git LFS pointer, not the file", remedy)
