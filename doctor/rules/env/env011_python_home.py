"""ENV011."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fact import Source, SourceKind
from doctor.core.interpreter import INTERPRETER
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule
from doctor.rules.env.variables import READS, value_of


@rule(
    severity=Severity.ERROR,
    cause=Cause.ENV_VARIABLE,
    since="0.1.0",
    reads=(
        INTERPRETER,
        *READS,
    ),
)
def python_home(env: Env) -> Iterator[Problem]:
    """PYTHONHOME does not point the interpreter to another standard library.

    ## What it checks
    PYTHONHOME is not set, or names the installation that this interpreter belongs to.

    ## Why it matters
    The interpreter takes its standard library from there. With that of another version it does
    not start (`No module named 'encodings'`), and a virtual environment loses its packages.

    ## How to fix it
    Unset it.

    ## Sources
    - https://docs.python.org/3/using/cmdline.html#envvar-PYTHONHOME
    """
    interpreter = env.need(INTERPRETER)
    home = value_of(env, "PYTHONHOME")
    # It may name two folders: `prefix:exec_prefix`.
    if home and home.partition(":")[0].rstrip("/") != interpreter.base_prefix.rstrip("/"):
        yield Problem(
            subject="PYTHONHOME",
            message=f"PYTHONHOME is {home}, and {interpreter.executable} belongs to {interpreter.base_prefix}",
            location=Source(kind=SourceKind.ENV_VAR, where="PYTHONHOME"),
            remedies=(Remedy(text="Unset it", commands=(("unset", "PYTHONHOME"),), safety=Safety.MANUAL),),
        )
