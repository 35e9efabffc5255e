"""ENV014."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fact import Source, SourceKind
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.stack import installed
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.env.variables import READS, value_of


@rule(severity=Severity.ERROR, cause=Cause.ENV_VARIABLE, since="0.1.0", reads=(DISTRIBUTIONS, *READS))
def docstrings_dropped(env: Env) -> Iterator[Problem]:
    """PYTHONOPTIMIZE does not take away the docstrings that transformers reads.

    ## What it checks
    Where transformers is installed, PYTHONOPTIMIZE is not set to 2 or more. At 1 Python drops assertions only, which
    is no fault.

    ## Why it matters
    transformers makes the documentation of its models from their docstrings while it is imported, and fails where
    there are none: "No `Args` or `Parameters` section is found in the docstring of ..." in 5.19.0. Up to 4.52
    `replace_return_docstrings` fails for the same reason: `'NoneType' object has no attribute 'split'`.

    ## How to fix it
    Unset it.

    ## Sources
    - https://docs.python.org/3/using/cmdline.html#envvar-PYTHONOPTIMIZE
    - `PYTHONOPTIMIZE=2 python -c "from transformers import LlamaForCausalLM"` with transformers 5.19.0, 2026-11-27
    - transformers/utils/doc.py of 4.40.0
    """
    transformers = installed(env.need(DISTRIBUTIONS), "transformers")
    if transformers is None:
        raise NotApplicableError("transformers is not installed")
    value = value_of(env, "PYTHONOPTIMIZE").strip()
    if value.isdecimal() and int(value) > 1:
        yield Problem(
            subject="PYTHONOPTIMIZE",
            message=f"PYTHONOPTIMIZE={value} drops docstrings, without which the models of transformers "
            f"{transformers.version} cannot be imported",
            location=Source(kind=SourceKind.ENV_VAR, where="PYTHONOPTIMIZE"),
            remedies=(Remedy(text="Unset it", commands=(("unset", "PYTHONOPTIMIZE"),), safety=Safety.MANUAL),),
        )
