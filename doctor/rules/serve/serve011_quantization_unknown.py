"""SERVE011."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.core.serve import SERVE
from doctor.rules.serve.command import problem
from doctor.rules.served import serving


@rule(severity=Severity.ERROR, cause=Cause.OTHER, since="0.1.0", reads=(SERVE, DISTRIBUTIONS))
def quantization_unknown(env: Env) -> Iterator[Problem]:
    """--quantization names a method that the installed vLLM has.

    ## What it checks
    The method is looked up among those of the release. Plugins that bring others are not known here.

    ## Why it matters
    vLLM ends: "Unknown quantization method". bitsandbytes left vLLM in 0.28.0 and GGUF in 0.24.0; both
    need plugins since.

    ## How to fix it
    Leave the option out where config.json states the method, install the plugin, or use a release that has it.

    ## Sources
    - https://docs.vllm.ai/en/latest/features/quantization/
    - https://pypi.org/project/vllm-bnb-plugin/
    """
    command = env.need(SERVE)
    method = (command.text_of("quantization") or "").lower()
    if not method or method == "none":
        raise NotApplicableError("the command names no quantization")
    served = serving(env)
    if any(method in release.quantization for release in served.releases):
        return
    known = ", ".join(sorted(served.newest.quantization))
    remedy = ("Leave it out: vLLM reads the method from config.json", {"quantization": None})
    yield problem(command, "quantization", f"{served.label} has no method {method}; it has {known}", remedy)
