"""PKG015."""

from __future__ import annotations

import re
from collections.abc import Iterator

from doctor.core.fact import Source, SourceKind
from doctor.core.install import reinstall, uninstall
from doctor.core.interpreter import INTERPRETER, Interpreter
from doctor.core.packages.declared import states_versions_only, with_declared
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.pkg.requirements import requirements_of
from doctor.rules.pkg.stack import listing

# nvidia-cutlass-dsl, which vLLM requires, brings its own libraries for both majors together.
_SUFFIX = re.compile(r"^nvidia-(?!cutlass-dsl-libs-).+-cu(?P<major>\d{2})$")
# Since CUDA 13 NVIDIA's toolkit wheels bear no suffix; before, these names held placeholders.
_UNSUFFIXED = re.compile(
    r"^nvidia-(?:cublas|cuda-(?:cccl|cupti|nvcc|nvrtc|runtime)|cufft|cufile|curand|cusolver|cusparse|nvjitlink|nvtx)$"
)


@rule(
    severity=Severity.WARNING,
    cause=Cause.DUPLICATE_OR_CONFLICTING_PACKAGES,
    since="0.1.0",
    reads=(INTERPRETER, DISTRIBUTIONS),
)
def mixed_cuda_majors(env: Env) -> Iterator[Problem]:
    """NVIDIA's libraries of one CUDA major version are installed.

    ## What it checks
    The distributions `nvidia-*-cu12`, `nvidia-*-cu13` and the unsuffixed ones of CUDA 13 are
    all for one major version of CUDA. It is a warning where nothing requires those of the other
    one, which an upgrade of torch has left; where an installed distribution does require them
    it is only mentioned.

    ## Why it matters
    Some libraries of both majors (NCCL, cuDNN, cuSPARSELt, NVSHMEM) are written to the same
    paths: the one that was installed last wins, and removing one deletes both.

    ## How to fix it
    Make a new environment for another CUDA version rather than upgrading torch in place, or
    remove the wheels of the major version that nothing requires and install the others again.

    ## Sources
    - https://github.com/rwth-i6/returnn/issues/1802
    - https://pypi.org/project/nvidia-cublas/
    """
    interpreter = env.need(INTERPRETER)
    distributions = with_declared(env, env.need(DISTRIBUTIONS))
    majors = _by_major(distributions)
    if not majors:
        raise NotApplicableError("no CUDA library is installed as a wheel")
    if len(majors) == 1:
        return
    found = requirements_of(env, interpreter, distributions)
    # What NVIDIA's own wheels require of each other keeps them alive only where the stack itself
    # requires one of them, as vLLM does nvidia-cutlass-dsl, which brings libraries for both.
    needed = {
        demand.name: demand.by.name
        for demand in found.demands
        if not demand.by.name.startswith("nvidia-") or demand.by.name in found.job
    }
    used = {major: [item for item in items if item.name in needed] for major, items in majors.items()}
    counts = listing(f"{len(items)} for CUDA {major}" for major, items in sorted(majors.items()))
    kept = [item for major, items in sorted(majors.items()) if used[major] for item in items]
    for major, items in sorted(majors.items()):
        if not used[major]:
            yield _left_over(interpreter, distributions, major, items, kept, counts)
    if all(used.values()):
        users = listing(f"{items[0].name} by {needed[items[0].name]}" for items in used.values())
        yield Problem(
            subject="nvidia-*",
            message=f"{counts} are installed, and each is required: {users}",
            severity=Severity.INFO,
            remedies=(Remedy(text="Use builds for one CUDA version, or separate environments", safety=Safety.MANUAL),),
        )


def _left_over(
    interpreter: Interpreter,
    distributions: tuple[Distribution, ...],
    major: str,
    items: list[Distribution],
    kept: list[Distribution],
    counts: str,
) -> Problem:
    names = [item.name for item in items]
    # Of a list of versions, which lists all of them, the requirements are known of the releases that the matrix knows.
    listed = " that is known of" if states_versions_only(items[0]) else ""
    text, commands = f"Remove those for CUDA {major}", [uninstall(interpreter, distributions, *names)]
    if kept:
        text += ", then install the others again, because they share paths"
        commands.append(reinstall(interpreter, distributions, *kept))
    return Problem(
        subject=f"nvidia-*-cu{major}",
        message=f"{counts} are installed; nothing{listed} requires those for CUDA {major}: {listing(names)}",
        location=Source(kind=SourceKind.DIST_INFO, where=items[0].path),
        remedies=(Remedy(text=text, commands=tuple(commands)),),
    )


def _by_major(distributions: tuple[Distribution, ...]) -> dict[str, list[Distribution]]:
    majors: dict[str, list[Distribution]] = {}
    for item in distributions:
        major = "" if item.shadowed else _major(item)
        if major:
            majors.setdefault(major, []).append(item)
    return majors


def _major(item: Distribution) -> str:
    match = _SUFFIX.match(item.name)
    if match:
        return match["major"]
    return "13" if _UNSUFFIXED.match(item.name) and not item.version.startswith("0.") else ""
