"""PAIR004."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.release import LoraSupport, Support
from doctor.core.packages.stack import installed, vllm_of
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, NotApplicableError, UndeterminedError, rule
from doctor.core.training import TRAINING

_INITIALISATIONS = ("pissa", "olora", "corda", "loftq")


@rule(
    severity=Severity.INFO,
    cause=Cause.LORA_ADAPTER_FORMAT,
    since="0.1.0",
    reads=(TRAINING, DISTRIBUTIONS),
)
def adapter_features_not_served(env: Env) -> Iterator[Problem]:
    """What PEFT can train into an adapter is applied by the vLLM that serves it.

    ## What it checks
    The environment that trains (`--train-env`) has PEFT, and what the vLLM of the one that serves
    does with the features of adapters: rank-stabilised LoRA, DoRA, bias, ranks and scales by module,
    initialisations that change the base.

    ## Why it matters
    A feature that vLLM refuses shows when the adapter is loaded, after the training. One that it
    ignores never shows: the adapter is applied with another scale or rank, or on a base that it was
    not trained on, and the answers are wrong without a word.

    ## How to fix it
    Train without these features, or merge the adapter into the model and serve that; `doctor check
    --adapter DIR` judges a finished one.

    ## Sources
    - https://docs.vllm.ai/en/latest/features/lora.html
    - https://github.com/vllm-project/vllm/pull/6909
    - https://github.com/vllm-project/vllm/issues/10849
    """
    peft = installed(env.need(TRAINING), "peft")
    if peft is None:
        raise NotApplicableError("the environment that trains has no PEFT")
    vllm = vllm_of(env.need(DISTRIBUTIONS))
    if vllm is None:
        raise NotApplicableError("the environment that serves has no vLLM")
    known = env.matrix.vllm_release(vllm.version)
    if known is None:
        raise UndeterminedError(f"the matrix does not know what vLLM {vllm.version} accepts of LoRA")
    env.cite(f"vllm {known.version}")
    treated = dict(_features(known.lora))
    refused = [name for name, support in treated.items() if support in (Support.REFUSED, Support.OPTION)]
    ignored = [name for name, support in treated.items() if support is Support.IGNORED]
    for names, effect in ((ignored, "ignores, so that answers are wrong without a word"), (refused, "refuses")):
        if names:
            yield Problem(
                subject=vllm.name,
                message=f"PEFT {peft.version} can train adapters with what vLLM {vllm.version} {effect}: "
                + ", ".join(names),
                remedies=(
                    Remedy(
                        text=f"Train without {', '.join(names)}, or merge the adapter into the model and serve that",
                        safety=Safety.MANUAL,
                    ),
                ),
            )


def _features(lora: LoraSupport) -> Iterator[tuple[str, Support]]:
    yield "use_rslora", lora.use_rslora
    yield "use_dora", lora.use_dora
    yield "bias", lora.bias
    yield "rank_pattern and alpha_pattern", lora.ranks_by_pattern
    accepted = lora.init_lora_weights
    for name in _INITIALISATIONS:
        # Accepted unread: the weights of the base that they change are not changed where it is served.
        support = Support.IGNORED if "*" in accepted else Support.SUPPORTED if name in accepted else Support.REFUSED
        yield f"init_lora_weights={name}", support
