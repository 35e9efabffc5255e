"""SERVE012."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.core.serve import SERVE
from doctor.rules.lora.base import config_of, text_config
from doctor.rules.lora.folders import integer
from doctor.rules.model.rope import kind_of, rope_blocks
from doctor.rules.serve.command import problem


@rule(severity=Severity.ERROR, cause=Cause.OTHER, since="0.1.0", reads=(SERVE, MODEL))
def length_beyond_model(env: Env) -> Iterator[Problem]:
    """--max-model-len is within the positions of the model.

    ## What it checks
    The option is compared with `max_position_embeddings`, unless the command changes the config
    (`--hf-overrides`, `--rope-scaling`) or the config scales its positions.

    ## Why it matters
    vLLM ends: "User-specified max_model_len (65536) is greater than the derived max_model_len". With the
    variable that allows it, answers beyond the trained positions are noise.

    ## How to fix it
    Lower the option, or scale the positions as the model's authors say.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/v0.32.0/vllm/config/model.py
    """
    command = env.need(SERVE)
    length = command.number("max_model_len")
    if length is None or command.has("hf_overrides") or command.has("rope_scaling"):
        raise NotApplicableError("the command sets no length, or changes the config")
    config = text_config(config_of(env, env.need(MODEL)))
    positions = integer(config.get("max_position_embeddings"))
    if positions is None:
        env.gap("the config states no max_position_embeddings")
        return
    if length > positions and all(kind_of(block) == "default" for _, block in rope_blocks(config)):
        remedy = (f"Set it to {positions}", {"max_model_len": (str(positions),)})
        yield problem(command, "max_model_len", f"it is {length}, and the model has {positions} positions", remedy)
