"""PKG009."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fact import Source, SourceKind
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS, LEFTOVERS, Leftover
from doctor.core.report import Cause, Problem, Remedy, Severity
from doctor.core.rule import Env, rule
from doctor.rules.pkg.requirements import requirements_of
from doctor.rules.pkg.stack import STACK, rank

_MODULES = {name.replace("-", "_") for name in STACK}


@rule(
    severity=Severity.ERROR,
    cause=Cause.CORRUPTED_INSTALL,
    since="0.1.0",
    reads=(INTERPRETER, DISTRIBUTIONS, LEFTOVERS),
)
def hollow_package(env: Env) -> Iterator[Problem]:
    """No folder without code is imported in place of a package.

    ## What it checks
    Each folder in a site-packages that could be imported belongs to an installed distribution
    or holds code. A hollow one is an error where its name is that of a distribution of the
    stack or of one that is required, else it is only mentioned.

    ## Why it matters
    Python imports an empty folder without an error, as a namespace package. So `import torch`
    succeeds after torch was removed, checks with `find_spec` believe that it is installed, and
    the failure comes later and elsewhere: `module 'torch' has no attribute '__version__'`.

    ## How to fix it
    Delete the folder, then install the distribution if it is needed.

    ## Sources
    - https://docs.python.org/3/reference/import.html#namespace-packages
    """
    interpreter = env.need(INTERPRETER)
    distributions = env.need(DISTRIBUTIONS)
    hollow = [item for item in env.need(LEFTOVERS) if item.kind == "hollow"]
    required: set[str] = set()
    if hollow:
        demands = requirements_of(env, interpreter, distributions).demands
        required = {demand.name.replace("-", "_") for demand in demands}
    for item in sorted(hollow, key=lambda item: rank(item.name)):
        yield Problem(
            subject=item.name,
            message=f"{item.path} holds no code, no distribution owns it, and yet `import {item.name}` finds it",
            location=Source(kind=SourceKind.FILE, where=item.path),
            severity=_severity(item, required),
            remedies=(Remedy(text="Delete the folder", commands=(("rm", "-r", item.path),)),),
        )


def _severity(item: Leftover, required: set[str]) -> Severity:
    return Severity.ERROR if item.name in _MODULES or item.name in required else Severity.INFO
