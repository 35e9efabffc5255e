"""SYS010."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from doctor.core.interpreter import PLATFORM
from doctor.core.machine.system import VARIABLES
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.packages.stack import is_cpu_vllm, release, vllm_of
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, NotApplicableError, rule

_SWITCH = "VLLM_WSL2_ENABLE_PIN_MEMORY"
# The second model runner became the default, and wants pinned memory; 0.32.0 has a fallback.
_FIRST, _FALLBACK = Version("0.24"), Version("0.32")


@rule(severity=Severity.WARNING, cause=Cause.WSL, since="0.1.0", reads=(PLATFORM, DISTRIBUTIONS, VARIABLES))
def wsl_limits(env: Env) -> Iterator[Problem]:
    """The Windows Subsystem for Linux offers what the stack needs.

    ## What it checks
    The subsystem is version 2, and with vLLM 0.24 to 0.31 pinned memory is switched on
    (VLLM_WSL2_ENABLE_PIN_MEMORY=1).

    ## Why it matters
    WSL 1 has no access to the GPU. In WSL 2 vLLM leaves pinned memory off by default, and its
    second model runner then ends at start with `RuntimeError: UVA is not available`.

    ## How to fix it
    Convert the distribution to WSL 2; export the variable before starting vLLM.

    ## Sources
    - https://docs.nvidia.com/cuda/wsl-user-guide/index.html
    - https://github.com/vllm-project/vllm/issues/47387
    - https://github.com/vllm-project/vllm/issues/54652
    - https://github.com/vllm-project/vllm/pull/47579
    """
    platform = env.need(PLATFORM)
    if not platform.wsl:
        if not platform.release:
            env.unstated("kernel")
            return
        raise NotApplicableError("this is not the Windows Subsystem for Linux")
    vllm = vllm_of(env.need(DISTRIBUTIONS))
    variables = env.need(VARIABLES)
    if platform.wsl == 1:
        yield Problem(
            subject="WSL 1",
            message="this is WSL 1, which has no access to the GPU; WSL 2 is needed",
            remedies=(
                Remedy(
                    text="In Windows run `wsl --set-version <distribution> 2`",
                    safety=Safety.MANUAL,
                ),
            ),
        )
    elif vllm is not None and not is_cpu_vllm(vllm):
        yield from _pinned_memory(env, vllm, variables)


def _pinned_memory(env: Env, vllm: Distribution, variables: dict[str, str]) -> Iterator[Problem]:
    version = release(vllm)
    if version is None:
        env.gap(f"the version of vllm cannot be read: {vllm.version}")
    elif _FIRST <= version < _FALLBACK and variables.get(_SWITCH, "0") == "0":
        yield Problem(
            subject="pinned memory",
            message=f"in WSL 2 vLLM {version} leaves pinned memory off, which its model runner needs "
            f"({_SWITCH} is {variables.get(_SWITCH, 'not set')})",
            remedies=(Remedy(text=f"Run `export {_SWITCH}=1` before starting vLLM", safety=Safety.MANUAL),),
        )
