"""PKG018."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.distribution import DISTRIBUTIONS, LEFTOVERS
from doctor.core.fact import Source, SourceKind
from doctor.core.interpreter import INTERPRETER
from doctor.core.report import Cause, Problem, Remedy, Severity
from doctor.core.rule import Env, rule
from doctor.rules.pkg.stack import STACK


@rule(
    severity=Severity.ERROR,
    cause=Cause.PYTHON_VERSION,
    since="0.1.0",
    reads=(INTERPRETER, DISTRIBUTIONS, LEFTOVERS),
)
def packages_of_another_python(env: Env) -> Iterator[Problem]:
    """The packages of a virtual environment are those of its interpreter.

    ## What it checks
    A virtual environment holds no `lib/python3.X/site-packages` with installed distributions for
    another minor version than that of its interpreter. It is an error where the interpreter has
    nothing of the stack of its own, else a warning.

    ## Why it matters
    An environment's interpreter is a link to the Python that it was made from. When the system
    replaces that by another minor version, the interpreter still starts, but looks for packages
    in a folder that is not there: `No module named 'torch'`, with torch on the disk.

    ## How to fix it
    Make the environment again, with the Python that its packages were installed for or with
    the new one.

    ## Sources
    - https://docs.python.org/3/library/venv.html
    - https://peps.python.org/pep-0405/
    """
    interpreter = env.need(INTERPRETER)
    own = {item.name for item in env.need(DISTRIBUTIONS)}
    for item in env.need(LEFTOVERS):
        if item.kind != "other-python":
            continue
        version = item.name.removeprefix("python")
        yield Problem(
            subject=item.name,
            message=f"{item.path} holds packages for Python {version}, and this is Python {interpreter.minor}, "
            "which does not see them",
            location=Source(kind=SourceKind.FILE, where=item.path),
            severity=Severity.WARNING if own.intersection(STACK) else Severity.ERROR,
            remedies=(
                Remedy(
                    text=f"Make an environment with Python {version}, and install into it what this one holds",
                    commands=(("uv", "venv", "--python", version, ".venv"),),
                ),
            ),
        )
