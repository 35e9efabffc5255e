"""MODEL040."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from doctor.core.artifact.model import MODEL
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.reading import (
    files_of,
    version_of,
)

_READS_NONE, _READS_ANY = Version("4.48.0"), Version("5.0.0")


@rule(severity=Severity.ERROR, cause=Cause.OTHER, since="0.1.0", reads=(MODEL, DISTRIBUTIONS))
def format_not_stated(env: Env) -> Iterator[Problem]:
    """The safetensors files state that they are of PyTorch, where the installed transformers asks.

    ## What it checks
    The metadata in each header: transformers before 4.48 needs some with an entry `format`, and transformers 4
    from 4.48 on needs the entry where there are any. transformers 5 and vLLM do not ask.

    ## Why it matters
    transformers 4.44 stops with `'NoneType' object has no attribute 'get'`, later releases of 4 with `does not
    contain the valid metadata`. Files that were written with `safetensors.torch.save_file` alone lack it.

    ## How to fix it
    Save the file again with `metadata={"format": "pt"}`, or upgrade transformers.

    ## Sources
    - https://huggingface.co/docs/safetensors/api/torch
    - modeling_utils.py of transformers 4.44.2, 4.47.1, 4.48.3, 4.57.6 and 5.19.0 (https://pypi.org/project/transformers/)
    """
    folder, version = env.need(MODEL), version_of(env, "transformers")
    files = files_of(env, folder)
    if version is None or version >= _READS_ANY:
        return
    for file in files:
        refused = version < _READS_NONE if file.metadata is None else "format" not in file.metadata
        if refused:
            message = f"its header states no format, and transformers {version} refuses it"
            yield tell(folder, file.name, message, by_hand('Save it with `metadata={"format": "pt"}`'))
