"""LORA001."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.adapter import ADAPTERS, CONFIG, AdapterFolder
from doctor.core.artifact.folder import FileKind
from doctor.core.fact import Absent, Source, SourceKind
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.folders import some
from doctor.rules.lora.remedies import manual, save_again


@rule(severity=Severity.ERROR, cause=Cause.LORA_ADAPTER_FORMAT, since="0.1.0", reads=(ADAPTERS,))
def config_missing(env: Env) -> Iterator[Problem]:
    """Each adapter folder holds an adapter_config.json.

    ## What it checks
    The folder that was given as an adapter has the file that PEFT writes beside the weights. A folder
    without it that holds a config.json and weights is a model, for example a merged one.

    ## Why it matters
    PEFT: "Can't find 'adapter_config.json'". vLLM: "Loading lora failed: No adapter found for", and
    when the adapter is named in a request in place of being added first, the whole engine ends.

    ## How to fix it
    Save the adapter again with PEFT, or pass the folder that holds it. Serve a merged model as the
    model, without an adapter.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/v0.32.0/vllm/lora/peft_helper.py
    - https://github.com/modelscope/ms-swift/issues/3643
    - Loaded with vLLM 0.32.0 (CPU) and PEFT 0.21.2 in November 2026.
    """
    for folder in env.need(ADAPTERS):
        env.note(f"{CONFIG} of {folder.path}", folder.config)
        if isinstance(folder.config, Absent):
            yield _problem(folder)


def _problem(folder: AdapterFolder) -> Problem:
    place = Source(kind=SourceKind.FILE, where=folder.path)
    weights = folder.names(FileKind.SAFETENSORS, FileKind.PICKLE)
    if folder.has("config.json") and not any("adapter" in name for name in weights):
        return Problem(
            subject=folder.path,
            message=f"this is a model folder ({some(['config.json', *weights])}) and no adapter: it has no {CONFIG}",
            location=place,
            remedies=(manual(f"Serve it as the model: doctor check --model {folder.path}, vllm serve {folder.path}"),),
        )
    below = [name for name in folder.names(FileKind.FOLDER) if not name.startswith(".")]
    hint = f"; look for it in {some(below)} below" if below else ""
    return Problem(
        subject=folder.path,
        message=f"it has no {CONFIG}, which PEFT and vLLM need to know the rank and the scale{hint}",
        location=place,
        remedies=(save_again(),),
    )
