"""ENV008."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.interpreter import INTERPRETER
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule


@rule(severity=Severity.INFO, cause=Cause.OTHER, since="0.1.0", reads=(INTERPRETER,))
def no_virtual_environment(env: Env) -> Iterator[Problem]:
    """The interpreter is not one that the operating system manages.

    ## What it checks
    The interpreter belongs to a virtual or conda environment, or carries no EXTERNALLY-MANAGED
    mark of the operating system's packages.

    ## Why it matters
    pip and uv refuse to install into such an interpreter without `--break-system-packages`, which
    the commands of this report therefore name; with it the system's own tools may lose theirs.

    ## How to fix it
    Make a virtual environment and install the stack there.

    ## Sources
    - https://peps.python.org/pep-0668/
    """
    interpreter = env.need(INTERPRETER)
    if not interpreter.located:
        env.unstated("whose interpreter it is")
    if interpreter.system_managed:
        yield Problem(
            subject=interpreter.executable,
            message=f"{interpreter.executable} is managed by the operating system; pip installs into it only by force",
            remedies=(
                Remedy(
                    text="Make a virtual environment and install the stack there",
                    commands=((interpreter.executable, "-m", "venv", ".venv"),),
                    safety=Safety.MANUAL,
                ),
            ),
        )
