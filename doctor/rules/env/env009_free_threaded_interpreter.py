"""ENV009."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.stack import vllm_of
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule


@rule(severity=Severity.WARNING, cause=Cause.PYTHON_VERSION, since="0.1.0", reads=(INTERPRETER, DISTRIBUTIONS))
def free_threaded_interpreter(env: Env) -> Iterator[Problem]:
    """The interpreter has the global lock that compiled packages of the stack expect.

    ## What it checks
    The interpreter is not a free-threaded build (3.13t, 3.14t). With vLLM installed it is an
    error, otherwise a warning.

    ## Why it matters
    vLLM's wheels use Python's stable ABI, which free-threaded builds do not have: the
    extensions cannot be loaded. Several of its requirements have no free-threaded wheels.

    ## How to fix it
    Use the ordinary build of the same version.

    ## Sources
    - https://github.com/vllm-project/vllm/issues/28762
    - https://github.com/python/cpython/issues/111506
    """
    interpreter = env.need(INTERPRETER)
    if not interpreter.version:
        env.unstated("version of Python")
    vllm = vllm_of(env.need(DISTRIBUTIONS))
    if interpreter.free_threaded:
        yield Problem(
            subject=f"Python {interpreter.version}t",
            message=f"{interpreter.executable} is a free-threaded build; vLLM needs an ordinary one",
            remedies=(
                Remedy(
                    text=f"Make a new environment with an ordinary Python {interpreter.minor}",
                    commands=(("uv", "venv", "--python", interpreter.minor, ".venv"),),
                    safety=Safety.MANUAL,
                ),
            ),
            severity=Severity.ERROR if vllm else Severity.WARNING,
        )
