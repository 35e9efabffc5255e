"""LORA040."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.bases import is_path
from doctor.rules.lora.folders import configs, in_config, lacks
from doctor.rules.lora.remedies import manual


@rule(severity=Severity.WARNING, cause=Cause.LORA_ADAPTER_FORMAT, since="0.1.0", reads=(ADAPTERS,))
def base_path_missing(env: Env) -> Iterator[Problem]:
    """The base that each adapter names can be found.

    ## What it checks
    `base_model_name_or_path` of the config is there, and where it is a path, it is a folder of this
    machine. The name of a repository is not looked up.

    ## Why it matters
    `AutoPeftModelForCausalLM`, pipelines and tools that start vLLM for an adapter load the base that stands
    there. A path of the machine that trained is taken for the name of a repository and fails with a message
    about names. vLLM itself does not look at it.

    ## How to fix it
    Write the name of the base's repository, or its path on this machine, into the config.

    ## Sources
    - https://huggingface.co/docs/peft/developer_guides/checkpoint
    - Loaded with vLLM 0.32.0 (CPU) and PEFT 0.21.2 in November 2026.
    """
    for folder, config in configs(env):
        name = config.get("base_model_name_or_path")
        if (
            name is None
            and "base_model_name_or_path" not in config
            and not lacks(env, folder, config, "base_model_name_or_path")
        ):
            continue  # it is not known
        if not isinstance(name, str) or not name:
            message = "its config names no base (base_model_name_or_path)"
        elif is_path(name) and not folder.base_is_here:
            message = f"it names the folder {name} as its base, and there is none here"
        else:
            continue
        yield Problem(
            subject=folder.path,
            message=message,
            location=in_config(folder),
            remedies=(
                manual("Write the base's repository, or its folder on this machine, as base_model_name_or_path"),
            ),
        )
