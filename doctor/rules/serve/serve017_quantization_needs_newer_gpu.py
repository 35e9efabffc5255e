"""SERVE017."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from doctor.core.machine.architecture import parse_capability
from doctor.core.machine.gpu import GPUS
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.core.serve import SERVE
from doctor.rules.gpu.devices import capability_of, in_words
from doctor.rules.gpu.suited import allows
from doctor.rules.serve.command import problem
from doctor.rules.served import serving


@rule(
    severity=Severity.ERROR,
    cause=Cause.COMPUTE_CAPABILITY_TOO_LOW,
    since="0.1.0",
    reads=(SERVE, GPUS, DISTRIBUTIONS),
)
def quantization_needs_newer_gpu(env: Env) -> Iterator[Problem]:
    """The GPUs have the compute capability that the method of --quantization asks for.

    ## What it checks
    The compute capability of each GPU against the minimum that the release of vLLM states for the method
    (fp8: 9.0 in 0.4.1, 8.9 up to 0.5.0, 8.0 up to 0.13, 7.5 since). That a GPU below 8.9 only stores
    weights in FP8 and computes in 16 bits is mentioned.

    ## Why it matters
    vLLM ends: "The quantization method awq_marlin is not supported for the current GPU. Minimum capability:
    80. Current capability: 75."

    ## How to fix it
    Use a method that the GPU has, or weights without quantization.

    ## Sources
    - `get_min_capability` of the classes in vllm/model_executor/layers/quantization of each release
    - https://docs.vllm.ai/en/latest/features/quantization/
    """
    command = env.need(SERVE)
    method = (command.text_of("quantization") or "").lower()
    if not method or method == "none":
        raise NotApplicableError("the command names no quantization")
    gpus = env.need(GPUS)
    needed, most = _minima(env, method)
    minimum = parse_capability(needed)
    native = next((row for row in env.matrix.floors if (row.package, row.feature) == ("", method)), None)
    for gpu in gpus:
        capability = capability_of(env, gpu)
        if capability is None:
            continue
        text = in_words(capability)
        if minimum is not None and capability < minimum:
            message = f"GPU {gpu.index} has compute capability {text}, and the method {method} needs {needed}"
            remedy = ("Serve a model without this quantization", {"quantization": None})
            yield problem(command, "quantization", message, remedy)
            return
        if (above := parse_capability(most)) is not None and capability < above:
            env.unstated(f"which vLLM serves: its releases ask for {needed} to {most} with {method}, and that")
            continue
        if native is not None and not allows(native, capability):
            message = (
                f"GPU {gpu.index} has compute capability {text}: {method} saves memory there, and is computed in 16 "
                f"bits, since its own units come with {native.minimum}"
            )
            remedy = ("Leave it out where the memory is enough", {"quantization": None})
            yield dataclasses.replace(problem(command, "quantization", message, remedy), severity=Severity.INFO)
            return


def _minima(env: Env, method: str) -> tuple[str, str]:
    """The least and the most that a release which may serve asks for; the same text where that is one release."""
    wanted = {text for release in serving(env).releases if (text := release.quantization.get(method)) is not None}
    if not wanted:
        raise NotApplicableError(f"this vLLM has no method {method}; SERVE011 says so")
    # Of a method that runs on any GPU the text is empty.
    ordered = sorted((parse_capability(text) or (), text) for text in wanted)
    return ordered[0][1], ordered[-1][1]
