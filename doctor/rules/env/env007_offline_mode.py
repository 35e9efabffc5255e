"""ENV007."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fact import Source, SourceKind
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule
from doctor.rules.env.variables import READS, value_of

_NAMES = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE")
_ON = frozenset({"1", "on", "yes", "true"})


@rule(severity=Severity.INFO, cause=Cause.ENV_VARIABLE, since="0.1.0", reads=(*READS,))
def offline_mode(env: Env) -> Iterator[Problem]:
    """Hugging Face libraries may download what is missing.

    ## What it checks
    HF_HUB_OFFLINE, TRANSFORMERS_OFFLINE and HF_DATASETS_OFFLINE are not switched on.

    ## Why it matters
    With them a model, tokenizer or adapter that is not in the cache yet is reported as not
    found, although it exists. On a machine without a network that is what is wanted.

    ## How to fix it
    Unset them before downloading something new.

    ## Sources
    - https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables#hfhuboffline
    """
    on = [name for name in _NAMES if value_of(env, name).lower() in _ON]
    if on:
        yield Problem(
            subject=on[0],
            message=f"{' and '.join(on)} {'is' if len(on) == 1 else 'are'} set: nothing is downloaded, "
            "what is not in the cache counts as missing",
            location=Source(kind=SourceKind.ENV_VAR, where=on[0]),
            remedies=(
                Remedy(
                    text="Unset before downloading something new; leave it on a machine without a network",
                    commands=(("unset", *on),),
                    safety=Safety.MANUAL,
                ),
            ),
        )
