"""What holds for each rule of this topic whatever lies beside the adapter that it is about."""

from __future__ import annotations

import dataclasses

import pytest

from doctor.core.artifact.adapter import AdapterFolder
from doctor.core.report import Outcome
from tests.adapters import folder_of, lora, pair
from tests.broken_adapters import CASES, Case
from tests.facts import absent, unknown
from tests.models import llama
from tests.rules.lora.judging import outcome

FIRST = {code: case for case in reversed(CASES) for code in case.codes}
"""A broken adapter for each rule that the table of them names."""


def stated(name: str, **changes: object) -> AdapterFolder:
    return dataclasses.replace(folder_of(lora(), f"/beside/{name}"), **changes)


def damaged() -> AdapterFolder:
    draft = lora()
    draft.config, draft.tensors = "{", None
    draft.files = {"adapter_model.safetensors": b"x" * 200}
    return folder_of(draft, "/beside/damaged")


def nameless() -> AdapterFolder:
    """A sound adapter of experts alone that names no base: several rules have nothing to say of it."""
    draft = lora(modules=(), base_model_name_or_path=None).state(target_modules="all-linear")
    draft.tensors = pair("model.layers.0.mlp.experts", (64, 32), 64)
    return folder_of(draft, "/beside/nameless")


BESIDE = (
    nameless(),
    stated("unknown", config=unknown(), weights=unknown(), values=unknown(), tokenizer=unknown()),
    stated("empty", files=(), config=absent(), weights=absent(), values=absent(), tokenizer=absent()),
    damaged(),
)


def judged(code: str, case: Case, *others: AdapterFolder) -> Outcome:
    folder = folder_of(case.build(), "/adapters/broken", deep=case.deep)
    return outcome(code, *others, folder, model=llama(real=True))


@pytest.mark.parametrize(("code", "case"), sorted(FIRST.items()), ids=sorted(FIRST))
def test_adapters_that_cannot_be_read_hide_none_that_is_broken(code: str, case: Case) -> None:
    alone = judged(code, case)
    beside = judged(code, case, *BESIDE)
    assert set(alone.problems) <= set(beside.problems)
    assert beside.undetermined
