"""PIN002."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.specifiers import SpecifierSet

from doctor.core.fact import Source, SourceKind
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule
from doctor.rules.pin.known_good import need_set


@rule(severity=Severity.WARNING, cause=Cause.PYTHON_VERSION, since="0.1.0", reads=(INTERPRETER, DISTRIBUTIONS))
def python_outside_set(env: Env) -> Iterator[Problem]:
    """The interpreter is one that the wheels of the known-good set exist for.

    ## What it checks
    The version of the interpreter is compared with the range of the known-good set of the
    installed vLLM. Not applicable where the matrix has no set for it; PIN001 says that then.
    What cannot be imported for certain is an error of PKG003 or PKG004.

    ## Why it matters
    Compiled wheels are made for some versions of Python. uv takes no notice of the upper bound of
    Requires-Python, and `--no-deps` of nothing, so an environment can come to hold vLLM under a
    Python for which its torch was never built.

    ## How to fix it
    Make a new environment with a Python in the range.

    ## Sources
    - The wheel tags of vLLM and torch on the package index; `doctor matrix show NAME`
    - https://docs.astral.sh/uv/reference/internals/resolver/#requires-python
    """
    interpreter = env.need(INTERPRETER)
    distributions = env.need(DISTRIBUTIONS)
    row = need_set(env, distributions)
    if not interpreter.version:
        env.unstated("version of Python")
        return
    if SpecifierSet(row.python).contains(interpreter.version, prereleases=True):
        return
    pins = tuple(f"{name}=={version}" for name, version in row.pins.items() if name in (row.anchor, *row.bound))
    yield Problem(
        subject="python",
        message=f"Python {interpreter.version} runs this environment; the known-good set {row.name} needs {row.python}",
        location=Source(kind=SourceKind.RUN, where=interpreter.executable),
        remedies=(
            Remedy(
                text=f"Make a new environment with a Python that is {row.python}, and install the set {row.name} in it",
                pins=pins,
                safety=Safety.MANUAL,
            ),
        ),
    )
