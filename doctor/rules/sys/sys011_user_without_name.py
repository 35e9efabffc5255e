"""SYS011."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from doctor.core.machine.system import USER, VARIABLES
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.stack import installed, release, vllm_of
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, NotApplicableError, rule

_TORCH_FALLS_BACK = Version("2.13")
_VLLM_ASKS_AT_IMPORT = Version("0.22")


@rule(severity=Severity.WARNING, cause=Cause.OTHER, since="0.1.0", reads=(USER, VARIABLES, DISTRIBUTIONS))
def user_without_name(env: Env) -> Iterator[Problem]:
    """The user that runs the stack has a name.

    ## What it checks
    With torch before 2.13: one of LOGNAME and USER is set, or the password file knows the user.

    ## Why it matters
    Containers that run as an arbitrary user number (OpenShift, `docker run --user`) have no name
    for it. torch.compile names its cache folder after the user and ends with `KeyError:
    'getpwuid(): uid not found'`; vLLM 0.22 and newer come to that point while they are imported.

    ## How to fix it
    Set USER to any name in the container.

    ## Sources
    - https://github.com/pytorch/pytorch/issues/140765
    - https://github.com/vllm-project/vllm/pull/46734 (torch 2.13 falls back: pytorch/pytorch#184208)
    """
    distributions = env.need(DISTRIBUTIONS)
    variables = env.need(VARIABLES)
    if env.look(USER) is not None:
        return
    torch = installed(distributions, "torch")
    if torch is None:
        raise NotApplicableError("torch is not installed")
    version = release(torch)
    if version is None:
        env.gap(f"the version of torch cannot be read: {torch.version}")
        return
    if version >= _TORCH_FALLS_BACK:
        return
    vllm = vllm_of(distributions)
    served = release(vllm) if vllm is not None else None
    at_import = served is not None and served >= _VLLM_ASKS_AT_IMPORT
    # The folder can be named outright, except where it is asked for while vLLM is imported.
    if not at_import and variables.get("TORCHINDUCTOR_CACHE_DIR"):
        return
    yield Problem(
        subject="user",
        message=f"this user has no name; torch {version} needs one for its compile cache"
        + (f", and vLLM {served} asks for it at import" if at_import else ""),
        remedies=(Remedy(text="Set USER in the container, for example `-e USER=worker`", safety=Safety.MANUAL),),
        severity=Severity.ERROR if at_import else Severity.WARNING,
    )
