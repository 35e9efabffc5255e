"""SERVE004."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.core.serve import SERVE
from doctor.rules.lora.folders import configs
from doctor.rules.lora.ranks import served_rank, smallest_setting
from doctor.rules.serve.command import problem, with_lora
from doctor.rules.served import serving


@rule(severity=Severity.ERROR, cause=Cause.LORA_RANK, since="0.1.0", reads=(SERVE, ADAPTERS, DISTRIBUTIONS))
def adapter_above_rank_setting(env: Env) -> Iterator[Problem]:
    """--max-lora-rank is large enough for every adapter.

    ## What it checks
    The rank of each adapter is compared with `--max-lora-rank` of the command, or with the default of the
    release where it is not given.

    ## Why it matters
    The server starts, and refuses the adapter: "LoRA rank 64 is greater than max_lora_rank 16". Where a
    request names it first, the engine ends and every later request fails.

    ## How to fix it
    Set `--max-lora-rank` to the smallest allowed value that is not below the largest rank.

    ## Sources
    - https://docs.vllm.ai/en/latest/features/lora.html
    - https://github.com/vllm-project/vllm/issues/2847
    """
    command, served = with_lora(env), serving(env)
    default = served.agreed(lambda release: release.lora.default_max_lora_rank)
    setting = command.number("max_lora_rank") if command.has("max_lora_rank") else default
    if setting is None:
        raise NotApplicableError("--max-lora-rank is no whole number; SERVE016 says so")
    support = served.newest.lora
    for folder, config in configs(env):
        rank = served_rank(config, support)
        if rank <= setting:
            continue
        needed = smallest_setting((release.lora for release in served.releases), rank)
        change: dict[str, tuple[str, ...] | None] = {"max_lora_rank": (str(needed),)}
        text = f"Set --max-lora-rank to {needed}"
        if not needed:
            change, text = {"enable_lora": None, "lora_modules": None}, "Merge it into its base: no setting serves it"
        message = f"{folder.path} has rank {rank}, and the command serves ranks up to {setting}"
        yield problem(command, "max_lora_rank", message, (text, change))
