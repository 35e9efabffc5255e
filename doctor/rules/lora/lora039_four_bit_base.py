"""LORA039."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.bases import FOUR_BIT
from doctor.rules.lora.folders import configs, in_config
from doctor.rules.lora.remedies import manual


@rule(severity=Severity.WARNING, cause=Cause.QUANTIZATION_CONFIG_LEFT, since="0.1.0", reads=(ADAPTERS,))
def four_bit_base(env: Env) -> Iterator[Problem]:
    """The base that each adapter names is a 16-bit model.

    ## What it checks
    `base_model_name_or_path` of the config is not one of the repositories in 4 bit that training loads
    (`unsloth/...-bnb-4bit`).

    ## Why it matters
    vLLM serves the base that it is started with and does not look at the entry; who starts it with the
    name that stands there serves the 4-bit weights, slower and less exact, or fails: vLLM
    0.28.0 and newer ones read no bitsandbytes without a plugin. PEFT loads the 4-bit base and merges into it.

    ## How to fix it
    Serve the adapter on the 16-bit model of the same name, and write that into the config.

    ## Sources
    - https://docs.unsloth.ai/basics/inference-and-deployment/vllm-guide
    - https://huggingface.co/docs/peft/developer_guides/quantization
    - https://github.com/vllm-project/vllm/releases
    """
    for folder, config in configs(env):
        name = config.get("base_model_name_or_path")
        if isinstance(name, str) and FOUR_BIT.search(name):
            plain = FOUR_BIT.sub("", name)
            yield Problem(
                subject=folder.path,
                message=f"it names {name} as its base, which holds 4-bit weights",
                location=in_config(folder),
                remedies=(manual(f"Serve it on {plain}, and write that as base_model_name_or_path into the config"),),
            )
