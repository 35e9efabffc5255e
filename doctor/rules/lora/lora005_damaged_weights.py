"""LORA005."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.adapter import ADAPTERS, WEIGHTS, AdapterFolder
from doctor.core.artifact.tensors import SafetensorsFile
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.folders import in_weights
from doctor.rules.lora.remedies import save_again


@rule(severity=Severity.ERROR, cause=Cause.LORA_ADAPTER_FORMAT, since="0.1.0", reads=(ADAPTERS,))
def damaged_weights(env: Env) -> Iterator[Problem]:
    """The weights of each adapter are a whole safetensors file with tensors in it.

    ## What it checks
    The header of adapter_model.safetensors is a table that fits the size of the file, and lists at
    least one tensor. An empty file, a pointer of Git LFS and a copy that was cut short are named.

    ## Why it matters
    "Error while deserializing header: incomplete metadata, file not fully covered", without the
    name of the file. A file without tensors makes vLLM end with an empty StopIteration, and PEFT goes
    on with weights that were never trained.

    ## How to fix it
    Copy or fetch the file again (`git lfs pull`), or save the adapter again.

    ## Sources
    - https://github.com/huggingface/safetensors#format
    - Loaded with vLLM 0.32.0 (CPU) and PEFT 0.21.2 in November 2026.
    """
    for folder in env.need(ADAPTERS):
        file = env.note(f"{WEIGHTS} of {folder.path}", folder.weights)
        wrong = _wrong(file) if file is not None else ""
        if wrong:
            yield _problem(folder, wrong)


def _wrong(file: SafetensorsFile) -> str:
    if file.damages:
        return file.damages[0].detail
    return "" if file.groups else "it holds no tensor"


def _problem(folder: AdapterFolder, wrong: str) -> Problem:
    return Problem(
        subject=folder.path,
        message=f"its {WEIGHTS} is damaged: {wrong}",
        location=in_weights(folder),
        remedies=(save_again("Copy it again (git lfs pull for a pointer), or save the adapter again"),),
    )
