"""MODEL019."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import MODEL, ModelFolder
from doctor.core.install import install
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.registry import VLLM_REGISTRY
from doctor.core.packages.stack import installed
from doctor.core.report import Cause, Problem, Remedy, Severity
from doctor.core.rule import Env, NotApplicableError, UndeterminedError, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.dtypes import is_plain
from doctor.rules.model.quantization import quantization_blocks
from doctor.rules.model.reading import (
    config_of,
    served_tensors,
    vllm_names,
)

_PACKAGES = {"bitsandbytes": "bitsandbytes", "compressed-tensors": "compressed-tensors", "torchao": "torchao"}
"""The distribution without which a method works neither in transformers nor in vLLM."""


@rule(
    severity=Severity.ERROR,
    cause=Cause.MISSING_PACKAGE,
    since="0.1.0",
    reads=(MODEL, DISTRIBUTIONS, INTERPRETER, VLLM_REGISTRY),
)
def quantization_unsupported(env: Env) -> Iterator[Problem]:
    """The method of quantization is one that this environment can read.

    ## What it checks
    `quant_method` against the methods in the source of the installed vLLM, and whether the package
    that the method needs is installed. A block beside weights of which none is quantized is judged by MODEL016.

    ## Why it matters
    vLLM refuses an unknown method and lists those that it has; transformers ignores it. Without
    bitsandbytes a 4-bit model cannot be read at all.

    ## How to fix it
    Serve 16-bit weights, install the package, or install a vLLM that has the method.

    ## Sources
    - https://docs.vllm.ai/en/latest/features/quantization/
    - https://github.com/unslothai/unsloth/issues/482
    """
    config, registry = config_of(env), vllm_names(env)
    distributions, interpreter = env.need(DISTRIBUTIONS), env.need(INTERPRETER)
    folder = env.need(MODEL)
    blocks = list(quantization_blocks(config))
    if blocks and _is_left_over(env, folder):
        raise NotApplicableError("no weight is quantized: MODEL016 says that the block is left over")
    for block in blocks:
        method = block.method.replace("_", "-")
        known = {name.replace("_", "-") for name in registry.quantizations} if registry else set()
        package = _PACKAGES.get(method)
        if method and known and method not in known:
            message = f"the installed vLLM does not have the quantization method {block.method}"
            advice = by_hand("Save the model in 16 bit, or install a vLLM that has the method")
            yield tell(folder, "config.json", message, advice, cause=Cause.QUANTIZATION_CONFIG_LEFT)
        elif package and installed(distributions, package) is None:
            command = install(interpreter, distributions, package)
            remedy = Remedy(text=f"Install {package}", commands=(command,), pins=(package,))
            yield tell(
                folder, "config.json", f"{block.method} needs the package {package}, which is not installed", remedy
            )


def _is_left_over(env: Env, folder: ModelFolder) -> bool:
    """Whether the weights are there, and none of them is quantized."""
    plain = False
    try:
        plain = is_plain(served_tensors(env, folder))
    except NotApplicableError:
        pass  # other rules say what is wrong with them
    except UndeterminedError as error:
        env.gap(str(error))
    return plain
