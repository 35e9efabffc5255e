"""MODEL039."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.folder import FileKind
from doctor.core.artifact.model import MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.pkg.stack import listing


@rule(severity=Severity.WARNING, cause=Cause.MODEL_WEIGHTS_INCOMPLETE, since="0.1.0", reads=(MODEL,))
def unfinished_download(env: Env) -> Iterator[Problem]:
    """No download or copy into the folder was left unfinished.

    ## What it checks
    Files that end in `.incomplete`, `.part`, `.partial`, `.crdownload` or `.aria2`, also where huggingface_hub keeps
    those of `--local-dir`, and files of weights or JSON without content.

    ## Why it matters
    The folder may lack what was still to come. The file that was cut off has another name, so that nothing names it.

    ## How to fix it
    Start the same download again: it goes on where it stopped.

    ## Sources
    - https://huggingface.co/docs/huggingface_hub/guides/download
    """
    folder = env.need(MODEL)
    partial = folder.names(FileKind.PARTIAL)
    if partial:
        message = f"{listing(partial)}: a download or copy that was not finished"
        yield tell(
            folder, partial[0], message, by_hand("Start the download again, then delete what is left of the old one")
        )
