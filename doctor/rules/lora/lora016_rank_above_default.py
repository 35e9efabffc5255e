"""LORA016."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from doctor.core.artifact.adapter import ADAPTERS, AdapterFolder
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.release import VllmRelease
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.core.serve import SERVE
from doctor.rules.lora.bases import to_serve
from doctor.rules.lora.folders import configs, in_config
from doctor.rules.lora.ranks import served_rank, smallest_setting
from doctor.rules.served import Serving, serve_words, serving


@rule(severity=Severity.WARNING, cause=Cause.LORA_RANK, since="0.1.0", reads=(ADAPTERS, DISTRIBUTIONS, SERVE))
def rank_above_default(env: Env) -> Iterator[Problem]:
    """The rank of each adapter is within vLLM's default of 16, so that no option is needed.

    ## What it checks
    The largest rank of the config is compared with the default of `--max-lora-rank`. It is a warning,
    because the option can be set. Where the command of the server is given, SERVE004 judges that instead.

    ## Why it matters
    Without the option: "LoRA rank 64 is greater than max_lora_rank 16". The server starts all the same;
    the adapter is refused when it is loaded, and where a request names it first, the engine ends.

    ## How to fix it
    Start vLLM with `--max-lora-rank` set to the smallest value that the release allows and that is not
    below the rank: only certain values are allowed. A larger one costs memory for every adapter.

    ## Sources
    - https://docs.vllm.ai/en/latest/features/lora.html
    - https://github.com/vllm-project/vllm/issues/2847
    - https://github.com/vllm-project/vllm/blob/v0.32.0/vllm/config/lora.py
    """
    if env.look(SERVE) is not None:
        raise NotApplicableError("the command of the server is given: SERVE004 judges it")
    for folder, config in configs(env):
        served = serving(env)
        if served.agreed(partial(_is_above_default, config)):
            yield from _problem(env, folder, config, served)


def _is_above_default(config: dict[str, Any], release: VllmRelease) -> bool:
    return served_rank(config, release.lora) > release.lora.default_max_lora_rank


def _problem(env: Env, folder: AdapterFolder, config: dict[str, Any], served: Serving) -> Iterator[Problem]:
    newest = served.newest.lora
    rank = served_rank(config, newest)
    setting = smallest_setting([newest], rank)
    if not setting:
        return  # LORA015 says that no setting serves it
    name = folder.path.rstrip("/").rpartition("/")[2]
    options = {
        "enable_lora": (),
        "max_lora_rank": (str(setting),),
        "lora_modules": (f"{name}={folder.path}",),
    }
    yield Problem(
        subject=folder.path,
        message=f"its rank is {rank}, and {served.label} serves ranks up to {newest.default_max_lora_rank} "
        "unless it is told otherwise",
        location=in_config(folder),
        remedies=(
            Remedy(
                text=f"Start vLLM with --max-lora-rank {setting}, or in Python LLM(..., max_lora_rank={setting})",
                commands=(serve_words(env, to_serve(folder, config), options),),
                safety=Safety.MANUAL,
            ),
        ),
    )
