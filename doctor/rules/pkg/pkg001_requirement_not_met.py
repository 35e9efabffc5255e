"""PKG001."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.requirements import InvalidRequirement, Requirement

from doctor.core.distribution import DISTRIBUTIONS
from doctor.core.fact import Source, SourceKind
from doctor.core.install import install
from doctor.core.interpreter import INTERPRETER
from doctor.core.report import Cause, Problem, Remedy, Severity
from doctor.core.rule import Env, rule


@rule(severity=Severity.ERROR, cause=Cause.OTHER, since="0.1.0", reads=(INTERPRETER, DISTRIBUTIONS))
def requirement_not_met(env: Env) -> Iterator[Problem]:
    """The installed version satisfies every requirement on it.

    ## What it checks
    Each Requires-Dist of each installed distribution whose marker holds for this interpreter is
    compared with the version that is installed.

    ## Why it matters
    Packages with compiled parts are built against exact versions of each other.

    ## How to fix it
    Install a version that satisfies all of the requirements.

    ## Sources
    - https://packaging.python.org/en/latest/specifications/dependency-specifiers/
    """
    interpreter = env.need(INTERPRETER)
    distributions = [item for item in env.need(DISTRIBUTIONS) if not item.shadowed]
    versions = {item.name: item.version for item in distributions}
    for item in distributions:
        for line in env.note(f"requirements of {item.name}", item.requires) or ():
            try:
                requirement = Requirement(line)
            except InvalidRequirement:
                env.gap(f"{item.name} states a requirement that cannot be read: {line}")
                continue
            if requirement.marker and not requirement.marker.evaluate({**interpreter.markers, "extra": ""}):
                continue
            found = versions.get(requirement.name)
            if found and not requirement.specifier.contains(found, prereleases=True):
                yield Problem(
                    subject=requirement.name,
                    message=f"{item.name} {item.version} needs {requirement}, and {found} is installed",
                    location=Source(kind=SourceKind.DIST_INFO, where=f"{item.path}/METADATA"),
                    remedies=(
                        Remedy(
                            text=f"Install a {requirement.name} that {item.name} takes",
                            commands=(install(interpreter, distributions, str(requirement)),),
                            pins=(str(requirement),),
                        ),
                    ),
                )
