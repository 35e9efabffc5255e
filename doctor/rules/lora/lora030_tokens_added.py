"""LORA030."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.adapter import ADAPTERS, AdapterFolder
from doctor.core.artifact.model import BASE, MODEL
from doctor.core.fact import Source, SourceKind
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.base import config_of, folder_of
from doctor.rules.lora.remedies import manual, merge
from doctor.rules.model.tokens import vocabulary


@rule(severity=Severity.ERROR, cause=Cause.LORA_ADAPTER_FORMAT, since="0.1.0", reads=(ADAPTERS, MODEL, BASE))
def tokens_added(env: Env) -> Iterator[Problem]:
    """The tokenizer beside each adapter has no tokens that its base has no room for.

    ## What it checks
    The largest id of the tokenizer.json in the adapter's folder is below the vocabulary of the base's
    config.

    ## Why it matters
    The added tokens have no row in the base's embedding, and vLLM takes none from the adapter since
    0.12.0: a prompt with such a token is refused as out of vocabulary, or is cut into others, because vLLM
    uses the tokenizer of the base.

    ## How to fix it
    Resize the embedding, merge the adapter and serve the merged model with that tokenizer.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/v0.11.2/vllm/lora/models.py
    - https://huggingface.co/docs/transformers/main_classes/tokenizer
    """
    for folder in env.need(ADAPTERS):
        tokenizer = env.note(f"tokenizer.json of {folder.path}", folder.tokenizer)
        if tokenizer is None or tokenizer.damage is not None:
            continue
        rows = vocabulary(config_of(env, folder_of(env)))
        if rows is None:
            env.gap("the config of the base states no vocab_size")
        elif tokenizer.largest_id >= rows:
            yield _problem(folder, tokenizer.largest_id, rows)


def _problem(folder: AdapterFolder, largest: int, rows: int) -> Problem:
    return Problem(
        subject=folder.path,
        message=f"the tokenizer beside it has ids up to {largest}, and the base has room for {rows}: "
        f"{'its newest token is' if largest == rows else f'its {largest + 1 - rows} newest tokens are'} not served",
        location=Source(kind=SourceKind.FILE, where=f"{folder.path}/tokenizer.json"),
        remedies=(
            manual("Before merging, model.resize_token_embeddings(len(tokenizer)), as in the training"),
            merge(folder),
        ),
    )
