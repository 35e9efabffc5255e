"""SYS006."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from doctor.core.machine.system import LIMITS
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.stack import release, vllm_of
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, NotApplicableError, rule

_RAISES_ITSELF = Version("0.6.6")
_ENOUGH = 4096


@rule(severity=Severity.INFO, cause=Cause.OTHER, since="0.1.0", reads=(LIMITS, DISTRIBUTIONS))
def open_files_limit(env: Env) -> Iterator[Problem]:
    """The limit of open files is high enough for a server under load.

    ## What it checks
    The number of files that the vLLM server may have open is at least 4096. vLLM 0.6.6 and
    newer raise the limit themselves as far as the hard limit allows; older ones keep the soft
    limit, which most systems set to 1024.

    ## Why it matters
    Each request and each connection takes file descriptors. Several hundred at a time end in
    `Too many open files` and in requests answered with status 500.

    ## How to fix it
    Raise the limit in the shell that starts the server, with `ulimit -n 65535`, or start the
    container with `--ulimit nofile=65535:65535`.

    ## Sources
    - https://github.com/vllm-project/vllm/issues/7920
    - https://github.com/vllm-project/vllm/pull/11530
    """
    vllm = vllm_of(env.need(DISTRIBUTIONS))
    if vllm is None:
        raise NotApplicableError("vLLM is not installed")
    limits = env.need(LIMITS)
    version = release(vllm)
    if version is None:
        env.gap(f"the version of {vllm.name} cannot be read: {vllm.version}")
        return
    limit = limits.open_files_hard if version >= _RAISES_ITSELF else limits.open_files
    if limit != -1 and limit < _ENOUGH:
        kind = "hard" if version >= _RAISES_ITSELF else "soft"
        yield Problem(
            subject="open files",
            message=f"the {kind} limit of open files is {limit}; a vLLM {version} server under load needs "
            f"{_ENOUGH} or more",
            remedies=(
                Remedy(
                    text="Run `ulimit -n 65535` in the shell that starts the server, or start the container with "
                    "`--ulimit nofile=65535:65535`",
                    safety=Safety.MANUAL,
                ),
            ),
        )
