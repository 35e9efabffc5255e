"""LORA002."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.adapter import ADAPTERS, CONFIG
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.folders import in_config
from doctor.rules.lora.remedies import save_again


@rule(severity=Severity.ERROR, cause=Cause.LORA_ADAPTER_FORMAT, since="0.1.0", reads=(ADAPTERS,))
def unreadable_config(env: Env) -> Iterator[Problem]:
    """Each adapter_config.json holds a JSON object.

    ## What it checks
    The file is not empty, is JSON and is an object, and is not the pointer that Git LFS leaves in the
    place of a file that was not fetched.

    ## Why it matters
    PEFT and vLLM end with a JSONDecodeError that does not name the file.

    ## How to fix it
    Copy the file again, or save the adapter again with PEFT.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/v0.32.0/vllm/lora/peft_helper.py
    - Loaded with vLLM 0.32.0 (CPU) and PEFT 0.21.2 in November 2026.
    """
    for folder in env.need(ADAPTERS):
        document = env.note(f"{CONFIG} of {folder.path}", folder.config)
        if document is not None and document.damage is not None:
            yield Problem(
                subject=folder.path,
                message=f"its {CONFIG} cannot be read: {document.damage.detail}",
                location=in_config(folder),
                remedies=(save_again("Copy it again, or save the adapter again"),),
            )
