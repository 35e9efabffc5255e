"""LORA006."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.adapter import ADAPTERS, PICKLES, WEIGHTS
from doctor.core.fact import Absent, Source, SourceKind
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.remedies import manual


@rule(severity=Severity.WARNING, cause=Cause.LORA_ADAPTER_FORMAT, since="0.1.0", reads=(ADAPTERS,))
def pickled_weights(env: Env) -> Iterator[Problem]:
    """The weights of each adapter are safetensors, not a pickle.

    ## What it checks
    There is an adapter_model.safetensors where there is an adapter_model.bin or adapter_model.pt. The
    pickle itself is not opened: to read a pickle is to run it.

    ## Why it matters
    A pickle can run any code when it is loaded, and vLLM before 0.7.0 loads it without protection.
    What is in it cannot be checked here, so that what vLLM would refuse or serve wrongly is found when
    it is served.

    ## How to fix it
    Load the adapter with PEFT where it was trained and save it again: PEFT writes safetensors.

    ## Sources
    - https://huggingface.co/docs/peft/developer_guides/checkpoint
    - https://huggingface.co/docs/hub/security-pickle
    - https://github.com/vllm-project/vllm/blob/v0.7.0/vllm/lora/models.py
    """
    for folder in env.need(ADAPTERS):
        env.note(f"{WEIGHTS} of {folder.path}", folder.weights)
        pickles = [name for name in PICKLES if folder.has(name)]
        if pickles and isinstance(folder.weights, Absent):
            yield Problem(
                subject=folder.path,
                message=f"its weights are a pickle, {pickles[0]}, and there is no {WEIGHTS}: they are not opened here",
                location=Source(kind=SourceKind.FILE, where=f"{folder.path}/{pickles[0]}"),
                remedies=(
                    manual(
                        "Where you trust the file, load it with PEFT and save it again: "
                        f'PeftModel.from_pretrained(base, "{folder.path}").save_pretrained(folder) writes safetensors'
                    ),
                ),
            )
