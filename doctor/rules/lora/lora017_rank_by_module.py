"""LORA017."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.features import Feature, judge
from doctor.rules.lora.folders import configs


@rule(
    severity=Severity.ERROR,
    cause=Cause.LORA_ADAPTER_FORMAT,
    since="0.1.0",
    reads=(ADAPTERS, DISTRIBUTIONS, INTERPRETER),
)
def rank_by_module(env: Env) -> Iterator[Problem]:
    """Ranks and scales of single modules are only used where the vLLM release reads them.

    ## What it checks
    `rank_pattern` and `alpha_pattern` of the config are empty, or the installed release reads them, as
    0.32.0 and newer ones do.

    ## Why it matters
    An older release scales every module by `lora_alpha` / `r`: the answers are wrong for the modules of
    the pattern, and nothing says so.

    ## How to fix it
    Serve with vLLM 0.32.0 or newer, or merge the adapter into its base.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/v0.32.0/vllm/lora/peft_helper.py
    - https://github.com/vllm-project/vllm/blob/v0.31.0/vllm/lora/peft_helper.py
    - https://huggingface.co/docs/peft/package_reference/lora
    """
    for folder, config in configs(env):
        patterns = [name for name in ("rank_pattern", "alpha_pattern") if config.get(name)]
        if patterns:
            feature = Feature(
                seen=f"it sets {' and '.join(patterns)} for single modules",
                treatment=lambda row: row.ranks_by_pattern,
                ignored="one rank and one scale are used for all modules, and the answers are wrong",
            )
            yield from judge(env, folder, feature)
