"""LORA050."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.artifact.model import BASE, MODEL
from doctor.core.fact import Source, SourceKind
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.release import Support
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.base import config_of, folder_of
from doctor.rules.lora.remedies import manual
from doctor.rules.served import serving, upgrades


@rule(
    severity=Severity.ERROR,
    cause=Cause.LORA_ADAPTER_FORMAT,
    since="0.1.0",
    reads=(ADAPTERS, MODEL, BASE, DISTRIBUTIONS, INTERPRETER),
)
def quantised_base(env: Env) -> Iterator[Problem]:
    """A quantised base is only used where the vLLM release puts LoRA on it.

    ## What it checks
    Where the base's config.json has a quantization_config, the installed release allows LoRA with it. Releases
    that only warn give a warning here, except for awq and gptq, which they were tested with.

    ## Why it matters
    Up to 0.4.0.post1: "LoRA is not supported with quantized models yet". 0.4.1 to 0.8.1 say that it was
    not tested.

    ## How to fix it
    Serve the adapter on the 16-bit model, or use a newer release.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/v0.4.0/vllm/config.py
    - https://github.com/vllm-project/vllm/blob/v0.8.1/vllm/config.py
    """
    env.need(ADAPTERS)
    model = folder_of(env)
    block = config_of(env, model).get("quantization_config")
    method = block.get("quant_method") if isinstance(block, dict) else None
    if not (isinstance(method, str) and method):
        return
    served = serving(env)
    support = served.agreed(lambda release: release.lora.quantized_base)
    if support is Support.SUPPORTED or (support is Support.WARNED and method in ("awq", "gptq")):
        return
    refused = support is Support.REFUSED
    yield Problem(
        subject=model.path,
        message=f"its weights are quantised with {method}, and {served.label} "
        f"{'refuses LoRA on it' if refused else 'was not tested with LoRA on it'}",
        location=Source(kind=SourceKind.CONFIG, where=f"{model.path}/config.json"),
        severity=Severity.ERROR if refused else Severity.WARNING,
        remedies=(
            *upgrades(env, lambda release: release.lora.quantized_base is Support.SUPPORTED),
            manual("Serve the adapters on the 16-bit model of the same name"),
        ),
    )
