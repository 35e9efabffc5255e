"""PKG018."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fact import Source, SourceKind
from doctor.core.interpreter import INTERPRETER, Interpreter
from doctor.core.packages.distribution import DISTRIBUTIONS, LEFTOVERS, Leftover
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
    another minor version than that of its interpreter, and an interpreter with such a folder beside it looks into
    it: without `pyvenv.cfg` it does not. Packages of another version beside a stack of its own are a warning.

    ## Why it matters
    An environment's interpreter is a link to the Python that it was made from. When the system
    replaces that by another minor version, the interpreter still starts, but looks for packages
    in a folder that is not there: `No module named 'torch'`, with torch on the disk. So it does where pyvenv.cfg
    was not copied with the rest: `bin/python` is the Python of the system then.

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
        if item.kind not in ("other-python", "out-of-reach"):
            continue
        lost = item.kind == "out-of-reach"
        message, remedy = (_out_of_reach if lost else _other_python)(item, interpreter)
        yield Problem(
            subject=item.name,
            message=message,
            location=Source(kind=SourceKind.FILE, where=item.path),
            severity=Severity.WARNING if own.intersection(STACK) and not lost else Severity.ERROR,
            remedies=(remedy,),
        )


def _other_python(item: Leftover, interpreter: Interpreter) -> tuple[str, Remedy]:
    version = item.name.removeprefix("python")
    return (
        f"{item.path} holds packages for Python {version}, and this is Python {interpreter.minor}, "
        "which does not see them",
        Remedy(
            text=f"Make an environment with Python {version}, and install into it what this one holds",
            commands=(("uv", "venv", "--python", version, ".venv"),),
        ),
    )


def _out_of_reach(item: Leftover, interpreter: Interpreter) -> tuple[str, Remedy]:
    home = item.path.rsplit("/", 3)[0]
    return (
        f"{item.path} holds packages, and {interpreter.executable} does not see them: there is no {home}/pyvenv.cfg",
        Remedy(
            text="Write pyvenv.cfg anew, which changes no package; or make the environment again",
            commands=(
                (f"{interpreter.base_prefix}/bin/{item.name}", "-m", "venv", "--upgrade", "--without-pip", home),
            ),
        ),
    )
