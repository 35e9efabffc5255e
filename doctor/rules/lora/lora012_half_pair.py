"""LORA012."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.folders import in_weights, some, tables
from doctor.rules.lora.names import pairs_of
from doctor.rules.lora.remedies import save_again


@rule(severity=Severity.ERROR, cause=Cause.LORA_ADAPTER_FORMAT, since="0.1.0", reads=(ADAPTERS,))
def half_pair(env: Env) -> Iterator[Problem]:
    """Each module of an adapter has both its lora_A and its lora_B.

    ## What it checks
    For each lora_A among the tensors there is a lora_B of the same module, and the reverse.

    ## Why it matters
    vLLM ends with "unsupported operand type(s) for *=: 'NoneType' and 'float'", and in a request the engine
    ends with it. PEFT fills the missing half with its start values and says nothing.

    ## How to fix it
    Save the adapter again; the file was put together from parts, or was filtered.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/v0.32.0/vllm/lora/lora_weights.py
    - Loaded with vLLM 0.32.0 (CPU) and PEFT 0.21.2 in November 2026.
    """
    for folder, tensors in tables(env):
        pairs = pairs_of(tensors)
        for side, other in (("a", "b"), ("b", "a")):
            half = [name for name, pair in pairs.items() if not getattr(pair, other)]
            if half:
                yield Problem(
                    subject=folder.path,
                    message=f"lora_{other.upper()} is missing for {some(half)}, whose lora_{side.upper()} is there",
                    location=in_weights(folder),
                    remedies=(save_again(),),
                )
