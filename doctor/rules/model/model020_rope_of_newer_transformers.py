"""MODEL020."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from doctor.core.artifact.model import MODEL
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.folding import agree
from doctor.rules.model.reading import (
    config_of,
    text_config,
    version_of,
    vllm_version,
)
from doctor.rules.model.rope import lost_in_old_releases

_WRITES_PARAMETERS = Version("5.0.0")
_READS_PARAMETERS = Version("0.12.0")


@rule(severity=Severity.ERROR, cause=Cause.TRANSFORMERS_TOO_OLD, since="0.1.0", reads=(MODEL, DISTRIBUTIONS))
def rope_of_newer_transformers(env: Env) -> Iterator[Problem]:
    """The rotary embedding is stated in a spelling that the installed releases read.

    ## What it checks
    A config that transformers 5 wrote keeps `rope_theta` and the scaling in `rope_parameters` alone.
    The rule looks for values other than the defaults there that are not also in the keys of transformers 4, where
    transformers 4 or a vLLM before 0.12 is installed.

    ## Why it matters
    These read a base of 10000 without scaling, and generate other tokens without a word.

    ## How to fix it
    Write `rope_theta` and `rope_scaling` beside `rope_parameters`: a config with both is read
    alike by transformers 4.44, 4.57, 5.19 and vLLM 0.32.

    ## Sources
    - https://github.com/vllm-project/vllm/issues/42624
    - https://github.com/vllm-project/vllm/pull/44158
    - runs with transformers 4.44.2, 4.57.6, 5.19.0, November 2026 (https://pypi.org/project/transformers/)
    """
    config, library, engine = config_of(env), version_of(env, "transformers"), vllm_version(env)
    if library is None and engine is None:
        raise NotApplicableError("neither transformers nor vLLM is installed in this environment")
    readers = [f"transformers {library}"] if library is not None and library < _WRITES_PARAMETERS else []
    readers += [f"vLLM {engine}"] if engine is not None and engine < _READS_PARAMETERS else []
    inner = text_config(config)
    lost = lost_in_old_releases(inner)
    if readers and lost:
        stand, look = agree(lost, "stands", "stand"), agree(readers, "does", "do")
        message = f"{' and '.join(lost)} {stand} in rope_parameters only, where {' and '.join(readers)} {look} not look"
        advice = by_hand("Write the values of rope_parameters into rope_theta and rope_scaling as well")
        yield tell(env.need(MODEL), "config.json", message, advice)
