"""LORA048."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.release import Support
from doctor.core.packages.stack import is_cpu_vllm, vllm_of
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.lora.folders import in_config
from doctor.rules.lora.remedies import merge
from doctor.rules.served import serving, upgrades


@rule(
    severity=Severity.ERROR,
    cause=Cause.OTHER,
    since="0.1.0",
    reads=(ADAPTERS, DISTRIBUTIONS, INTERPRETER),
)
def lora_on_cpu(env: Env) -> Iterator[Problem]:
    """A vLLM that is built for CPUs is one that serves LoRA.

    ## What it checks
    Where the installed vLLM is a build for CPUs, its release implements LoRA there, as 0.7.0 and newer
    ones do.

    ## Why it matters
    "cpu backend doesn't support LoRA": the server does not start with `--enable-lora`.

    ## How to fix it
    Install a newer build, or merge the adapter into its base.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/v0.6.6/vllm/worker/cpu_model_runner.py
    - https://github.com/vllm-project/vllm/pull/4830
    """
    folders = env.need(ADAPTERS)
    installed = vllm_of(env.need(DISTRIBUTIONS))
    if installed is None or not is_cpu_vllm(installed):
        raise NotApplicableError("no vLLM for CPUs is installed")
    served = serving(env)
    if served.agreed(lambda release: release.lora.cpu) is Support.SUPPORTED:
        return
    for folder in folders:
        yield Problem(
            subject=folder.path,
            message=f"{served.label} for CPUs does not serve LoRA",
            location=in_config(folder),
            remedies=(*upgrades(env, lambda release: release.lora.cpu is Support.SUPPORTED), merge(folder)),
        )
