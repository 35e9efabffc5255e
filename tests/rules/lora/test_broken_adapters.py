"""Every broken adapter is named, by the rules that it is for, and no whole one is."""

from __future__ import annotations

from functools import cache

import pytest

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.artifact.model import BASE, MODEL, ModelFolder, not_asked_for
from doctor.core.fact import Absent
from doctor.core.interpreter import INTERPRETER
from doctor.core.machine.gpu import GPUS
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Report, Severity
from doctor.core.serve import SERVE
from doctor.core.serve import not_asked_for as no_command
from doctor.engine.catalogue import select
from doctor.engine.judge import judge
from tests.adapters import folder_of
from tests.broken_adapters import CASES, Case, Effect
from tests.facts import SOURCE, distribution, interpreter, snapshot
from tests.models import folder_of as model_of
from tests.models import llama
from tests.rules.lora.judging import MATRIX

every_case = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])

BASE_NAME = "meta-llama/Served"


@cache
def model() -> ModelFolder:
    return model_of(llama(real=True, _name_or_path=BASE_NAME), "/models/served")


def report(case: Case) -> Report:
    draft = case.build()
    if isinstance(draft.config, dict) and draft.config.get("base_model_name_or_path") == "meta-llama/Llama-3.2-1B":
        draft.state(base_model_name_or_path=BASE_NAME)
    facts = {
        ADAPTERS: (folder_of(draft, deep=case.deep),),
        MODEL: model(),
        BASE: not_asked_for("--base"),
        DISTRIBUTIONS: (distribution("pip", "26.0"), distribution("vllm", "0.32.0")),
        INTERPRETER: interpreter(),
        GPUS: Absent(source=SOURCE, detail="there is no NVIDIA driver"),
        SERVE: no_command(),
    }
    rules, _ = select(("LORA",))
    return judge(snapshot(facts), MATRIX, rules)


def severe(found: Report) -> set[str]:
    return {outcome.code for outcome, problem in found.problems() if outcome.severity_of(problem) >= Severity.WARNING}


def test_there_are_many_and_each_has_a_name_of_its_own():
    assert len(CASES) >= 100
    assert len({case.name for case in CASES}) == len(CASES)


@every_case
def test_it_is_named(case: Case):
    found = report(case)
    assert severe(found) == set(case.codes), [problem.message for _, problem in found.problems()]
    assert not any(outcome.undetermined for outcome in found.outcomes), [
        (outcome.code, outcome.reasons) for outcome in found.outcomes if outcome.undetermined
    ]


@every_case
def test_what_vllm_refuses_or_serves_wrongly_is_an_error(case: Case):
    """But what needs an option or stands in another task's place: that is a warning."""
    errors = [
        outcome.code for outcome, problem in report(case).problems() if outcome.severity_of(problem) is Severity.ERROR
    ]
    if case.effect is not Effect.SERVED and set(case.codes) - {"LORA016", "LORA031"}:
        assert errors
