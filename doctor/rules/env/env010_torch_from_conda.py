"""ENV010."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.stack import installed, is_cpu_vllm, vllm_of
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, NotApplicableError, rule


@rule(severity=Severity.WARNING, cause=Cause.NCCL, since="0.1.0", reads=(INTERPRETER, DISTRIBUTIONS))
def torch_from_conda(env: Env) -> Iterator[Problem]:
    """vLLM runs on the torch of the package index, not on conda's.

    ## What it checks
    In a conda environment: torch was not installed by conda where vLLM came from a wheel.

    ## Why it matters
    conda's torch links NCCL statically, and vLLM loads NCCL as a library of its own; two of them
    in one process fail. vLLM's wheels are also built against the torch of the package index.

    ## How to fix it
    Make a new environment: Python from conda, everything else with pip.

    ## Sources
    - https://docs.vllm.ai/en/v0.6.2/getting_started/installation.html
    - https://github.com/vllm-project/vllm/issues/8420
    """
    interpreter = env.need(INTERPRETER)
    if not interpreter.conda_prefix:
        if not interpreter.located:
            env.unstated("whether conda made the environment")
            return
        raise NotApplicableError("this is not a conda environment")
    distributions = env.need(DISTRIBUTIONS)
    torch, vllm = installed(distributions, "torch"), vllm_of(distributions)
    if torch is None or vllm is None or is_cpu_vllm(vllm):
        raise NotApplicableError("torch and a vLLM for GPUs are not both installed")
    if torch.origin == "conda" and vllm.origin != "conda":
        yield Problem(
            subject="torch",
            message=f"torch {torch.version} was installed by conda and {vllm.name} {vllm.version} from a wheel; "
            "vLLM needs the torch of the package index",
            remedies=(
                Remedy(
                    text="Make a new environment with only Python from conda, and install vLLM there with pip",
                    commands=(
                        ("conda", "create", "-n", "vllm", f"python={interpreter.minor}", "-y"),
                        ("conda", "run", "-n", "vllm", "pip", "install", f"vllm=={vllm.version}"),
                    ),
                    safety=Safety.MANUAL,
                ),
            ),
        )
