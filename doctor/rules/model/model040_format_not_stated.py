"""MODEL040."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from doctor.core.distribution import DISTRIBUTIONS
from doctor.core.model import MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.reading import (
    files_of,
    version_of,
)

_READS_NONE = Version("4.57.0")


@rule(severity=Severity.WARNING, cause=Cause.OTHER, since="0.1.0", reads=(MODEL, DISTRIBUTIONS))
def format_not_stated(env: Env) -> Iterator[Problem]:
    """The safetensors files state that they are of PyTorch, where the installed transformers asks.

    ## What it checks
    The entry `format` in the metadata of each header, where transformers 4 before 4.57 is
    installed.

    ## Why it matters
    transformers 4.44 stops with `'NoneType' object has no attribute 'get'`; 4.57 and 5 do not ask.
    Files that were written with `safetensors.torch.save_file` and no metadata lack it.

    ## How to fix it
    Save the file again with `metadata={"format": "pt"}`, or upgrade transformers.

    ## Sources
    - https://huggingface.co/docs/safetensors/api/torch
    - runs with transformers 4.44.2, 4.57.6, 5.19.0, November 2026 (https://pypi.org/project/transformers/)
    """
    folder, version = env.need(MODEL), version_of(env, "transformers")
    files = files_of(env, folder)
    if version is None or version >= _READS_NONE:
        return
    for file in files:
        if "format" not in (file.metadata or {}):
            message = f"its header states no format, at which transformers {version} may stop"
            yield tell(folder, file.name, message, by_hand('Save it with `metadata={"format": "pt"}`'))
