"""PKG017."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fact import Source, SourceKind
from doctor.core.install import install, uninstall
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS, LEFTOVERS
from doctor.core.report import Cause, Problem, Remedy, Severity
from doctor.core.rule import Env, rule
from doctor.rules.pkg.requirements import requirements_of
from doctor.rules.pkg.stack import rank


@rule(
    severity=Severity.ERROR,
    cause=Cause.CORRUPTED_INSTALL,
    since="0.1.0",
    reads=(INTERPRETER, DISTRIBUTIONS, LEFTOVERS),
)
def editable_source_missing(env: Env) -> Iterator[Problem]:
    """Every distribution that is installed in editable mode has its source folder.

    ## What it checks
    An editable installation (`pip install -e`) holds metadata only; the code stays in the folder
    that direct_url.json names. That folder must be there, and so must the folders in it that the
    `.pth` file and the import hook of the installation lead to: a clone that was moved to a `src`
    layout keeps the first and loses these. It is an error for distributions of the stack and what
    they require, else a warning.

    ## Why it matters
    When the clone was moved or deleted, every tool still lists the distribution as installed with
    its version, and its import ends in `ModuleNotFoundError`.

    ## How to fix it
    Put the folder back, install from where it is now, or install the release from the index.

    ## Sources
    - https://packaging.python.org/en/latest/specifications/direct-url-data-structure/
    - https://setuptools.pypa.io/en/latest/userguide/development_mode.html
    """
    interpreter = env.need(INTERPRETER)
    distributions = env.need(DISTRIBUTIONS)
    gone = [item for item in env.need(LEFTOVERS) if item.kind == "no-source"]
    if not gone:
        return
    job = requirements_of(env, interpreter, distributions).job
    for item in sorted(gone, key=lambda item: rank(item.name)):
        yield Problem(
            subject=item.name,
            message=f"{item.name} is installed in editable mode from {item.path}, and that folder is not there",
            location=Source(kind=SourceKind.FILE, where=item.path),
            severity=Severity.ERROR if item.name in job else Severity.WARNING,
            remedies=(
                Remedy(
                    text=f"Install the release of {item.name}, or its clone from where it is now",
                    commands=(
                        uninstall(interpreter, distributions, item.name),
                        install(interpreter, distributions, item.name),
                    ),
                ),
            ),
        )
