"""MODEL058."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from doctor.core.artifact.model import MODEL
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.reading import (
    content,
    version_of,
)


@rule(severity=Severity.WARNING, cause=Cause.TRANSFORMERS_TOO_OLD, since="0.1.0", reads=(MODEL, DISTRIBUTIONS))
def special_tokens_as_list(env: Env) -> Iterator[Problem]:
    """Extra special tokens are written as the installed transformers reads them.

    ## What it checks
    Whether `extra_special_tokens` in tokenizer_config.json is a list, where transformers 4 is installed.

    ## Why it matters
    transformers 5 writes a list; from 4.47 on release 4 stops with `'list' object has no attribute
    'keys'`, and before it ignores the entry.

    ## How to fix it
    Move the list to `additional_special_tokens`, or make it an object of names and tokens.

    ## Sources
    - https://huggingface.co/docs/transformers/main_classes/tokenizer
    - runs with transformers 4.44.2, 4.57.6, 5.19.0, November 2026 (https://pypi.org/project/transformers/)
    """
    folder, version = env.need(MODEL), version_of(env, "transformers")
    listed = isinstance(content(env, folder.tokenizer_config).get("extra_special_tokens"), list)
    if version is None:
        raise NotApplicableError("transformers is not installed in this environment")
    if listed and version < Version("5.0.0"):
        refuses = version >= Version("4.47.0")
        consequence = "stops at" if refuses else "ignores"
        message = f"extra_special_tokens is a list, which transformers {version} {consequence}"
        remedy = by_hand("Move the list to additional_special_tokens")
        severity = Severity.ERROR if refuses else Severity.WARNING
        yield tell(folder, "tokenizer_config.json", message, remedy, severity=severity)
