"""LORA018."""

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
def rank_stabilised(env: Env) -> Iterator[Problem]:
    """A rank-stabilised LoRA is only used where the vLLM release knows it.

    ## What it checks
    `use_rslora` of the config is false, or the installed release is one that scales by lora_alpha /
    sqrt(r) then, as 0.7.0 and newer ones do.

    ## Why it matters
    Releases up to 0.6.4.post1 scale by lora_alpha / r without a word, which makes the adapter weaker by
    the square root of the rank. 0.6.5 to 0.6.6.post1 refuse it: "vLLM does not yet support RSLoRA".

    ## How to fix it
    Serve with vLLM 0.7.0 or newer, or merge the adapter into its base.

    ## Sources
    - https://github.com/vllm-project/vllm/pull/6909
    - https://github.com/vllm-project/vllm/blob/v0.6.5/vllm/lora/peft_helper.py
    - https://arxiv.org/abs/2312.03732
    """
    for folder, config in configs(env):
        if config.get("use_rslora"):
            feature = Feature(
                seen="it is rank-stabilised (use_rslora)",
                treatment=lambda row: row.use_rslora,
                ignored="it scales by lora_alpha / r, and the answers are wrong",
            )
            yield from judge(env, folder, feature)
