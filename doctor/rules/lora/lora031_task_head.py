"""LORA031."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from doctor.core.artifact.adapter import ADAPTERS, AdapterFolder
from doctor.core.fact import Known
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.bases import to_serve
from doctor.rules.lora.folders import configs, in_config
from doctor.rules.lora.names import Part, of_part
from doctor.rules.lora.remedies import manual

GENERATING = (None, "CAUSAL_LM", "SEQ_2_SEQ_LM")


@rule(severity=Severity.WARNING, cause=Cause.LORA_TARGET_MODULES, since="0.1.0", reads=(ADAPTERS,))
def task_head(env: Env) -> Iterator[Problem]:
    """No adapter belongs to a classifier.

    ## What it checks
    `task_type` of the config is that of a model that writes text, and the tensors hold no head (`score`,
    `classifier`).

    ## Why it matters
    On a model that writes text vLLM refuses the head: "Cannot load full module 'score'"; releases before
    0.31.0 refuse it on every model.

    ## How to fix it
    Serve it on a pooling model with vLLM 0.31.0 or newer (`--runner pooling`), or merge it into its base.

    ## Sources
    - https://huggingface.co/docs/peft/package_reference/peft_types
    - https://docs.vllm.ai/en/latest/models/pooling_models.html
    - Loaded with vLLM 0.32.0 (CPU) in November 2026.
    """
    for folder, config in configs(env):
        env.note(f"weights of {folder.path}", folder.weights)
        full = of_part(folder.weights.value.tensors(), Part.FULL) if isinstance(folder.weights, Known) else []
        heads = sorted({name.suffix for name in full} & {"score", "classifier"})
        task = config.get("task_type")
        if heads or task not in GENERATING:
            seen = f"it holds a head ({', '.join(heads)})" if heads else f"it was trained for the task {task}"
            yield Problem(
                subject=folder.path,
                message=f"{seen} and belongs to a classifier: on a model that writes text vLLM refuses it",
                location=in_config(folder),
                remedies=(manual(f"Serve it on a pooling model ({_command(folder, config)}, vLLM 0.31.0 or newer)"),),
            )


def _command(folder: AdapterFolder, config: Mapping[str, Any]) -> str:
    return shlex.join(("vllm", "serve", to_serve(folder, config), "--runner", "pooling"))
