"""PKG012."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import InvalidVersion, Version

from doctor.core.fact import Source, SourceKind
from doctor.core.install import reinstall, uninstall
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Remedy, Severity
from doctor.core.rule import Env, NotApplicableError, rule

_OTHERS = ("pynvml", "nvidia-ml-py3")
"""Distributions of other authors that install the module pynvml, in the order in which they are met."""


@rule(severity=Severity.WARNING, cause=Cause.PYNVML_CONFLICT, since="0.1.0", reads=(INTERPRETER, DISTRIBUTIONS))
def pynvml_beside_nvidia_ml_py(env: Env) -> Iterator[Problem]:
    """Only nvidia-ml-py provides the module pynvml.

    ## What it checks
    Neither nvidia-ml-py3 nor the distribution pynvml in a version before 12 is installed beside
    nvidia-ml-py. From 12 on pynvml brings no module of that name and requires nvidia-ml-py.

    ## Why it matters
    Both install the module `pynvml`. The old one wins or overwrites the other, has fewer
    functions, and answers bytes where newer code expects text. vLLM before 0.6.5 imports it
    and warns; GPU detection then fails on functions that are not there.

    ## How to fix it
    Remove the other one, then install nvidia-ml-py again, because removing the one may have deleted
    the file of the other.

    ## Sources
    - https://github.com/vllm-project/vllm/pull/7852
    - https://pypi.org/project/pynvml/
    - https://pypi.org/project/nvidia-ml-py3/ (7.352.0 of 2017, a fork for Python 3)
    - https://github.com/plasma-umass/scalene/issues/838
    """
    interpreter = env.need(INTERPRETER)
    distributions = env.need(DISTRIBUTIONS)
    imported = {item.name: item for item in distributions if not item.shadowed}
    old = next((imported[name] for name in _OTHERS if name in imported), None)
    right = imported.get("nvidia-ml-py")
    if right is None and old is None:
        raise NotApplicableError("no distribution provides the module pynvml")
    if old is None or right is None:
        return
    try:
        if old.name == "pynvml" and Version(old.version).major >= 12:
            return
    except InvalidVersion:
        env.gap(f"the version of pynvml, {old.version!r}, cannot be compared")
        return
    yield Problem(
        subject=old.name,
        message=(
            f"{old.name} {old.version} and nvidia-ml-py {right.version} both install the module pynvml; "
            "only nvidia-ml-py should"
        ),
        location=Source(kind=SourceKind.DIST_INFO, where=old.path),
        remedies=(
            Remedy(
                text=f"Remove {old.name} and install nvidia-ml-py again",
                commands=(
                    uninstall(interpreter, distributions, old.name),
                    reinstall(interpreter, distributions, right),
                ),
            ),
        ),
    )
