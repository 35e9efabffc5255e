"""Traits of environment variables: those that each node keeps, and those that vLLM takes along."""

from __future__ import annotations

from doctor.core.fleet.node import COPIED_VARIABLES, CopiedVariables
from doctor.core.fleet.trait import Items, Trait, cell
from doctor.core.machine.system import VARIABLES
from doctor.core.rule import Env

_STEERING = (
    "CUDA", "GLOO_", "HF_", "HIP_", "HUGGING", "LD_", "MKL_", "NCCL_", "OMP_", "PYTORCH_", "TORCH",
    "TRANSFORMERS_", "TRITON_", "VLLM_",
)  # fmt: skip
"""Beginnings of the names that decide what a worker does; the rest (HOME, USER, TMPDIR) is a node's own."""

_OF_PYTHON = frozenset({"PYTHONHASHSEED", "PYTHONHOME", "PYTHONNOUSERSITE", "PYTHONPATH"})
"""What decides which modules are found and how prompts are hashed; others (PYTHONUNBUFFERED) change no answer."""

_OF_ONE_NODE = frozenset(
    {
        "CUDA_VISIBLE_DEVICES",
        "HIP_VISIBLE_DEVICES",
        "VLLM_DP_RANK",
        "VLLM_DP_RANK_LOCAL",
        "VLLM_HOST_IP",
        "VLLM_PORT",
    }
)
"""What each node is to have for itself: other rules look at it."""


def _steering(env: Env) -> dict[str, str]:
    return {
        name: value
        for name, value in env.need(VARIABLES).items()
        if (name.startswith(_STEERING) or name in _OF_PYTHON) and name not in _OF_ONE_NODE
    }


def _kept(env: Env) -> Items:
    copied = env.look(COPIED_VARIABLES)
    for name, value in _steering(env).items():
        if not is_copied(name, copied):
            yield name, cell(value)


def _taken_along(env: Env) -> Items:
    copied = env.look(COPIED_VARIABLES)
    for name, value in _steering(env).items():
        if is_copied(name, copied):
            yield name, cell(value)


def is_copied(name: str, copied: CopiedVariables | None) -> bool:
    """Whether the installed vLLM hands a variable on to the workers that it starts with Ray."""
    if copied is None or name in copied.never:
        return False
    return copied.everything or name in copied.names or name.startswith(copied.prefixes)


KEPT = Trait(name="variables", keys=(VARIABLES, COPIED_VARIABLES), read=_kept)
TAKEN_ALONG = Trait(name="variables taken along", keys=(VARIABLES, COPIED_VARIABLES), read=_taken_along)
