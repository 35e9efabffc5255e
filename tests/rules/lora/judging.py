"""Judging adapters by one rule: the drafts are written, read by the probe, and given to the rule."""

from __future__ import annotations

from typing import Any

from doctor.core.artifact.adapter import ADAPTERS, AdapterFolder
from doctor.core.artifact.model import BASE, MODEL, not_asked_for
from doctor.core.fact import Fact
from doctor.core.interpreter import INTERPRETER
from doctor.core.matrix import Matrix
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Outcome
from doctor.core.serve import SERVE
from doctor.core.serve import not_asked_for as no_command
from doctor.intake.serve import parse_command
from doctor.matrix.load import load_matrix
from tests import adapters, models
from tests.facts import distribution, interpreter, judge

MATRIX = load_matrix()


def outcome(
    code: str,
    *drafts: adapters.Draft | AdapterFolder | Fact[Any],
    model: models.Draft | None = None,
    base: models.Draft | None = None,
    vllm: str | Fact[Any] | None = "0.32.0",
    deep: bool = False,
    matrix: Matrix = MATRIX,
    name: str = "vllm",
    serve: str = "",
) -> Outcome:
    """What a rule says of adapters; `vllm` is the installed release, None for none, or the fact itself."""
    folders = [
        adapters.folder_of(draft, f"/adapters/{number}", deep=deep) if isinstance(draft, adapters.Draft) else draft
        for number, draft in enumerate(drafts)
    ]
    installed = (distribution("pip", "26.0"), *((distribution(name, vllm),) if isinstance(vllm, str) else ()))
    facts = {
        ADAPTERS: folders[0] if isinstance(folders[0], Fact) else tuple(folders),
        MODEL: models.folder_of(model, "/models/served") if model else not_asked_for("--model"),
        BASE: models.folder_of(base, "/models/base") if base else not_asked_for("--base"),
        DISTRIBUTIONS: vllm if isinstance(vllm, Fact) else installed,
        INTERPRETER: interpreter(),
        SERVE: parse_command(serve) if serve else no_command(),
    }
    return judge(code, facts, matrix)


def messages(code: str, *drafts: Any, **arguments: Any) -> list[str]:
    """The messages of the problems that a rule finds; the outcome must not be undetermined."""
    found = outcome(code, *drafts, **arguments)
    assert not found.undetermined, found.reasons
    return [problem.message for problem in found.problems]
