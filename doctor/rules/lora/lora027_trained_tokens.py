"""LORA027."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.folders import in_weights, tables
from doctor.rules.lora.names import Part, of_part
from doctor.rules.lora.remedies import merge


@rule(severity=Severity.ERROR, cause=Cause.LORA_ADAPTER_FORMAT, since="0.1.0", reads=(ADAPTERS,))
def trained_tokens(env: Env) -> Iterator[Problem]:
    """No adapter trains single tokens of the embedding.

    ## What it checks
    The tensors hold no `trainable_tokens_delta`, which PEFT writes for `trainable_token_indices`.

    ## Why it matters
    No vLLM release reads them: "token_adapter.trainable_tokens_delta is unsupported LoRA weight".

    ## How to fix it
    Merge the adapter into its base and serve the merged model.

    ## Sources
    - https://github.com/vllm-project/vllm/issues/36501
    - https://huggingface.co/docs/peft/package_reference/trainable_tokens
    - Loaded with vLLM 0.32.0 (CPU) and PEFT 0.21.2 in November 2026.
    """
    for folder, tensors in tables(env):
        names = of_part(tensors, Part.TOKENS)
        if names:
            yield Problem(
                subject=folder.path,
                message=f"it trains single tokens ({names[0].text}), which vLLM refuses as unsupported LoRA weight",
                location=in_weights(folder),
                remedies=(merge(folder),),
            )
