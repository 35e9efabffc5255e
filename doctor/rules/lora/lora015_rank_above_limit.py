"""LORA015."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.release import VllmRelease
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.folders import configs, in_config
from doctor.rules.lora.ranks import served_rank
from doctor.rules.lora.remedies import merge
from doctor.rules.served import serving, upgrades


@rule(severity=Severity.ERROR, cause=Cause.LORA_RANK, since="0.1.0", reads=(ADAPTERS, DISTRIBUTIONS, INTERPRETER))
def rank_above_limit(env: Env) -> Iterator[Problem]:
    """The rank of each adapter is one that the vLLM release can be set to serve.

    ## What it checks
    The largest rank of the config (`r`, or one of `rank_pattern` where the release reads it) is not above
    the largest value that `--max-lora-rank` may have in the installed release.

    ## Why it matters
    No setting makes the release serve it: "LoRA rank 512 is greater than max_lora_rank 256".

    ## How to fix it
    Merge the adapter into its base, or serve it with a release that allows the rank: 64 until 0.5.4,
    256 until 0.7.3, 512 since.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/v0.32.0/vllm/config/lora.py
    - https://github.com/vllm-project/vllm/blob/v0.5.5/vllm/config.py
    """
    for folder, config in configs(env):
        served = serving(env)
        if served.agreed(partial(_is_above, config)):
            newest = served.newest.lora
            yield Problem(
                subject=folder.path,
                message=f"its rank is {served_rank(config, newest)}, and {served.label} serves ranks up to "
                f"{max(newest.max_lora_rank)}",
                location=in_config(folder),
                remedies=(*upgrades(env, partial(_is_served, config)), merge(folder)),
            )


def _is_above(config: dict[str, Any], release: VllmRelease) -> bool:
    return served_rank(config, release.lora) > max(release.lora.max_lora_rank)


def _is_served(config: dict[str, Any], release: VllmRelease) -> bool:
    return not _is_above(config, release)
