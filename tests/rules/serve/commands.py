"""Snapshots of a machine, a model and the command that is to serve it."""

from __future__ import annotations

from functools import cache
from typing import Any

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.artifact.model import MODEL
from doctor.core.interpreter import INTERPRETER
from doctor.core.machine.gpu import GPUS
from doctor.core.matrix import Matrix
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Outcome
from doctor.core.serve import SERVE
from doctor.intake.serve import parse_command
from doctor.matrix.load import load_matrix
from tests import adapters, models
from tests.facts import distribution, gpu, interpreter, judge


@cache
def matrix() -> Matrix:
    return load_matrix()


def outcome(code: str, arguments: str, vllm: str = "0.32.0", facts: dict[Any, Any] | None = None) -> Outcome:
    """What a rule says of ``vllm serve model ARGUMENTS`` with a release of vLLM; "" is none installed."""
    installed = (distribution("vllm", vllm),) if vllm else ()
    given = {
        SERVE: parse_command(f"vllm serve model {arguments}"),
        DISTRIBUTIONS: installed,
        INTERPRETER: interpreter(),
        GPUS: (gpu(),),
        MODEL: models.folder_of(models.llama()),
        ADAPTERS: (adapters.folder_of(adapters.lora()),),
    }
    return judge(code, {**given, **(facts or {})}, matrix())


def problems(code: str, arguments: str, vllm: str = "0.32.0", facts: dict[Any, Any] | None = None) -> list[str]:
    """The messages of its problems."""
    return [problem.message for problem in outcome(code, arguments, vllm, facts).problems]


def command(found: Outcome) -> str:
    """The command of the first remedy of the first problem."""
    return " ".join(found.problems[0].remedies[0].commands[0])
