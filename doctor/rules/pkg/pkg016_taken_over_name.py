"""PKG016."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.distribution import DISTRIBUTIONS
from doctor.core.fact import Source, SourceKind
from doctor.core.install import uninstall
from doctor.core.interpreter import INTERPRETER
from doctor.core.report import Cause, Problem, Remedy, Severity
from doctor.core.rule import Env, rule

# Names whose owner withdrew the project and that somebody else has published under since:
# the distribution, the version that is not the project's, and the module that it lacks.
_TAKEN_OVER = (("pyairports", "0.0.1", "pyairports"),)


@rule(severity=Severity.WARNING, cause=Cause.MISSING_PACKAGE, since="0.1.0", reads=(INTERPRETER, DISTRIBUTIONS))
def taken_over_name(env: Env) -> Iterator[Problem]:
    """No installed distribution bears a name that strangers have taken over.

    ## What it checks
    The version of pyairports is not 0.0.1. The project was withdrawn from the package index at
    2.1.1; 0.0.1 was published later by somebody else and holds no module `pyairports`. That an
    installed outlines fails on it, PIN006 reports as an error.

    ## Why it matters
    outlines 0.0.43 to 0.0.46, and so vLLM 0.5.2 to 0.6.4.post1, require pyairports and fail
    with `No module named 'pyairports'`. Beyond that, code of an unknown author is installed.

    ## How to fix it
    Remove it, look at what it has installed, and use an outlines that does not require it
    (0.1.0 and newer), or a vLLM that does not require outlines below that.

    ## Sources
    - https://pypi.org/project/pyairports/
    - https://github.com/vllm-project/vllm/issues/23983
    """
    interpreter = env.need(INTERPRETER)
    distributions = env.need(DISTRIBUTIONS)
    for name, version, module in _TAKEN_OVER:
        for item in distributions:
            if (item.name, item.version) != (name, version):
                continue
            brings = f" (it brings {', '.join(item.top_level)})" if item.top_level else ""
            lacks = "" if module in item.top_level else f" and holds no module {module}{brings}"
            yield Problem(
                subject=name,
                message=f"{name} {version} is not from the authors of {name}{lacks}",
                location=Source(kind=SourceKind.DIST_INFO, where=item.path),
                remedies=(
                    Remedy(
                        text=f"Remove {name}: whatever requires it fails with it as without",
                        commands=(uninstall(interpreter, distributions, name),),
                    ),
                ),
            )
