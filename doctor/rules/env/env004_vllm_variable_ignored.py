"""ENV004."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from doctor.core.distribution import DISTRIBUTIONS
from doctor.core.fact import Source, SourceKind
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.core.stack import release, vllm_of
from doctor.core.system import VARIABLES, VARIABLES_LISTED

# First and last release whose vllm/envs.py reads the variable ("" is open), and what to use instead.
_READ_BY = {
    "VLLM_ATTENTION_BACKEND": ("0.4.2", "0.14.1", "pass --attention-backend (attention_backend= of LLM)"),
    "VLLM_USE_V1": ("0.6.4", "0.11.0", "newer releases have the V1 engine only"),
    "VLLM_FLASH_ATTN_VERSION": ("0.7.0", "0.14.1", "pass --attention-config with flash_attn_version"),
    "VLLM_USE_TRITON_FLASH_ATTN": ("0.4.2", "0.11.0", "pass --attention-backend"),
    "VLLM_INSTALL_PUNICA_KERNELS": ("0.4.2", "0.5.3.post1", "newer releases run LoRA on Triton kernels"),
    "VLLM_ALLOW_RUNTIME_LORA_UPDATING": ("0.6.1", "", "install vLLM 0.6.1 or newer to load adapters at run time"),
    "VLLM_ALLOW_LONG_MAX_MODEL_LEN": ("0.5.4", "", "install vLLM 0.5.4 or newer"),
    "VLLM_WSL2_ENABLE_PIN_MEMORY": ("0.24.0", "", "install vLLM 0.24 or newer"),
    "VLLM_TORCH_PROFILER_DIR": ("0.5.5", "0.15.1", "pass --profiler-config"),
    "VLLM_RPC_TIMEOUT": ("0.6.2", "0.22.1", ""),
    "VLLM_ENGINE_ITERATION_TIMEOUT_S": ("0.4.2", "0.31.0", ""),
}


@rule(
    severity=Severity.WARNING,
    cause=Cause.ENV_VARIABLE,
    since="0.1.0",
    reads=(VARIABLES, VARIABLES_LISTED, DISTRIBUTIONS),
)
def vllm_variable_ignored(env: Env) -> Iterator[Problem]:
    """The vLLM variables that are set are read by the installed vLLM.

    ## What it checks
    Variables that vLLM reads only in some releases and that people rely on (attention backend,
    engine version, loading adapters at run time, ...) are set only where the installed release
    reads them.

    ## Why it matters
    vLLM does not fail on a variable that it no longer knows: it goes on with its default, and
    at most logs a line. VLLM_ATTENTION_BACKEND has had no effect since 0.15.0.

    ## How to fix it
    Unset the variable, and use what replaced it.

    ## Sources
    - vllm/envs.py of the releases 0.4.2 to 0.33.0
    - https://github.com/vllm-project/vllm/issues/50292
    - https://github.com/vllm-project/vllm/pull/50346
    """
    vllm = vllm_of(env.need(DISTRIBUTIONS))
    if vllm is None:
        raise NotApplicableError("vLLM is not installed")
    variables = env.need(VARIABLES)
    listed = env.look(VARIABLES_LISTED)
    if listed is not None and not "VLLM_".startswith(listed):
        # vLLM lists those that it reads itself, and these are the others.
        env.unstated("variables that vLLM does not read")
    version = release(vllm)
    if version is None:
        env.gap(f"the version of {vllm.name} cannot be read: {vllm.version}")
        return
    for name, (first, last, instead) in _READ_BY.items():
        if name not in variables or _reads(version, first, last):
            continue
        span = f"{first} to {last}" if last else f"{first} and newer"
        yield Problem(
            subject=name,
            message=f"{name} is set, and vLLM {version} does not read it (releases {span} do)"
            + (f"; {instead}" if instead else ""),
            location=Source(kind=SourceKind.ENV_VAR, where=name),
            remedies=(
                Remedy(
                    text=f"Unset it; {instead}" if instead else "Unset it",
                    commands=(("unset", name),),
                    safety=Safety.MANUAL,
                ),
            ),
        )


def _reads(version: Version, first: str, last: str) -> bool:
    return Version(first) <= version and (not last or version <= Version(last))
