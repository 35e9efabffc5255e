"""MODEL055."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from doctor.core.artifact.model import MODEL
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.registry import TRANSFORMERS_REGISTRY
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.reading import (
    content,
    transformers_names,
    version_of,
)


@rule(
    severity=Severity.ERROR,
    cause=Cause.TRANSFORMERS_TOO_OLD,
    since="0.1.0",
    reads=(MODEL, DISTRIBUTIONS, TRANSFORMERS_REGISTRY),
)
def tokenizer_class_unknown(env: Env) -> Iterator[Problem]:
    """The installed transformers has the class of the tokenizer.

    ## What it checks
    `tokenizer_class` in tokenizer_config.json against the classes in the source of the installed
    transformers.

    ## Why it matters
    transformers 5 writes `TokenizersBackend`, and release 4 answers `Tokenizer class TokenizersBackend does not
    exist or is not currently imported`. transformers 5 falls back to the general class without a word.

    ## How to fix it
    Write `PreTrainedTokenizerFast`, which transformers 4.44, 4.57, 5.19 and vLLM read alike.

    ## Sources
    - https://github.com/huggingface/transformers/issues/47553
    - runs with transformers 4.44.2, 4.57.6, 5.19.0, November 2026 (https://pypi.org/project/transformers/)
    """
    folder, registry = env.need(MODEL), transformers_names(env)
    if registry is None:
        raise NotApplicableError("transformers is not installed in this environment")
    version = version_of(env, "transformers")
    config = content(env, folder.tokenizer_config)
    name = config.get("tokenizer_class")
    if not isinstance(name, str) or config.get("auto_map"):
        return
    if name in registry.tokenizers or name.removesuffix("Fast") in registry.tokenizers:
        return
    falls_back = version is not None and version >= Version("5.0.0")
    consequence = "it takes the general class in its place" if falls_back else "it refuses the tokenizer"
    message = f"the installed transformers has no class {name}: {consequence}"
    remedy = by_hand('Set "tokenizer_class" to "PreTrainedTokenizerFast"')
    severity = Severity.WARNING if falls_back else Severity.ERROR
    yield tell(folder, "tokenizer_config.json", message, remedy, severity=severity)
