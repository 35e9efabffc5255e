"""LORA004."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.adapter import ADAPTERS, PICKLES, WEIGHTS, AdapterFolder
from doctor.core.artifact.folder import FileKind
from doctor.core.fact import Absent, Source, SourceKind
from doctor.core.report import Cause, Problem, Remedy, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.folders import some
from doctor.rules.lora.remedies import save_again

ENDINGS = (".safetensors", ".bin", ".pt", ".gguf")
"""How the names of weights end."""


@rule(severity=Severity.ERROR, cause=Cause.LORA_ADAPTER_FORMAT, since="0.1.0", reads=(ADAPTERS,))
def weights_missing(env: Env) -> Iterator[Problem]:
    """Each adapter folder holds its weights under the name that is looked for.

    ## What it checks
    The folder has an adapter_model.safetensors, or else an adapter_model.bin or .pt. What lies there
    under another name is named: a link that leads nowhere, shards, diffusers' own file.

    ## Why it matters
    vLLM: "doesn't contain tensors". PEFT takes the path for the name of a repository then and ends
    with an HFValidationError that speaks of names.

    ## How to fix it
    Rename the file or copy it again; a copy of a cache folder needs `cp -L`, which follows links.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/v0.32.0/vllm/lora/lora_model.py
    - Loaded with vLLM 0.32.0 (CPU) and PEFT 0.21.2 in November 2026.
    """
    for folder in env.need(ADAPTERS):
        env.note(f"{WEIGHTS} of {folder.path}", folder.weights)
        if isinstance(folder.weights, Absent) and not any(folder.has(name) for name in PICKLES) and _is_adapter(folder):
            yield Problem(
                subject=folder.path,
                message=f"it has no {WEIGHTS}{_instead(folder)}",
                location=Source(kind=SourceKind.FILE, where=folder.path),
                remedies=_remedies(folder),
            )


def _is_adapter(folder: AdapterFolder) -> bool:
    # Without its config LORA001 says what the folder is.
    return not isinstance(folder.config, Absent)


def _others(folder: AdapterFolder) -> list[str]:
    kinds = (FileKind.SAFETENSORS, FileKind.PICKLE, FileKind.GGUF, FileKind.PARTIAL)
    links = (name for name in folder.names(FileKind.DANGLING_LINK) if name.endswith(ENDINGS))
    return sorted((*folder.names(*kinds), *links))


def _instead(folder: AdapterFolder) -> str:
    dangling = [item.link for item in folder.files if item.name == WEIGHTS]
    if dangling:  # anything else of this name would have been read
        return f": it is a link to {dangling[0]}, which is not there"
    others = _others(folder)
    return f"; the weights that lie there are {some(others)}" if others else ", and no other file of weights"


def _remedies(folder: AdapterFolder) -> tuple[Remedy, ...]:
    named = [name for name in folder.names(FileKind.SAFETENSORS) if "-of-" not in name]
    if len(named) == 1 and not folder.has("config.json"):
        source = f"{folder.path}/{named[0]}"
        text = "Give the file the name that is looked for, if it holds the LoRA"
        return (Remedy(text=text, commands=(("cp", source, f"{folder.path}/{WEIGHTS}"),)),)
    return (save_again("Copy it again (cp -L follows links), or save the adapter again"),)
