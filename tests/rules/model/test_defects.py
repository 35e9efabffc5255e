"""Every broken folder is named, and nothing is said of the good ones."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doctor.core.artifact.folder import Document
from doctor.core.artifact.model import MODEL
from doctor.engine.catalogue import load
from doctor.engine.judge import apply
from tests.defects import DEFECTS, Served
from tests.facts import EMPTY_MATRIX, known, snapshot
from tests.models import folder_of, llama, llama_config
from tests.rules.model.folders import CODES, environment, errors, judge_all, problems

GOOD = ("M000", "M001", "M002")


@pytest.mark.parametrize("number", DEFECTS)
def test_the_defect_is_named(number: str, tmp_path: Path):
    defect = DEFECTS[number]
    outcomes = judge_all(defect.write(tmp_path / "m"), deep=defect.deep)
    told = {outcome.code: [problem.message for problem in outcome.problems] for outcome in outcomes if outcome.problems}
    assert set(defect.errors) <= errors(outcomes), told
    assert set(defect.tells) <= problems(outcomes), told
    if not defect.errors:
        assert errors(outcomes) == set(), told


@pytest.mark.parametrize("number", DEFECTS)
def test_what_is_not_served_rightly_is_an_error(number: str):
    """The table itself must hold it: no folder that vLLM refused or served wrongly passes without an error.

    A chat without a template is refused request by request, which is worth a warning.
    """
    defect = DEFECTS[number]
    if defect.served in (Served.REFUSED, Served.WRONG):
        assert defect.errors


@pytest.mark.parametrize("number", DEFECTS)
def test_no_rule_is_lost_for_a_reason_of_its_own(number: str, tmp_path: Path):
    """Whatever lies in the folder, no rule fails."""
    for outcome in judge_all(DEFECTS[number].write(tmp_path / "m"), deep=DEFECTS[number].deep):
        assert not any("the rule failed" in reason for reason in outcome.reasons), (outcome.code, outcome.reasons)


def test_nothing_is_said_of_good_values(tmp_path: Path):
    outcomes = judge_all(llama(real=True).write(tmp_path), deep=True)
    assert problems(outcomes) == set()
    assert [outcome.code for outcome in outcomes if outcome.undetermined] == []


@pytest.mark.parametrize("number", GOOD)
def test_nothing_is_said_of_a_good_folder(number: str, tmp_path: Path):
    outcomes = judge_all(DEFECTS[number].write(tmp_path / "m"))
    assert problems(outcomes) == set()
    assert [outcome.code for outcome in outcomes if outcome.undetermined] == []


def test_every_rule_is_met_by_some_folder(tmp_path: Path):
    """Or it has no place in the table, for which there must be a reason below."""
    met = set().union(
        *(problems(judge_all(defect.write(tmp_path / number), deep=defect.deep)) for number, defect in DEFECTS.items())
    )
    elsewhere = {
        "MODEL013",  # Gemma
        "MODEL019",  # weights that are quantized, by a method that is not there
        "MODEL020",  # old releases
        "MODEL033",  # a base
        "MODEL040",  # old releases
        "MODEL057",  # old releases
        "MODEL058",  # old releases
        "MODEL063",  # ids that disagree
        "MODEL066",  # templates of other models
        "MODEL069",  # a base
    }
    assert set(CODES) - met == elsewhere


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 400) | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["rope_type", "factor", "x"]), inner),
    max_leaves=4,
)
NAMES = (*llama_config(), "quantization_config", "text_config", "auto_map", "rope_scaling", "sliding_window")
GOOD_FOLDER = folder_of(llama())


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(st.sampled_from(NAMES), JSON, max_size=4),
    st.dictionaries(st.sampled_from(["eos_token", "tokenizer_class", "chat_template", "extra_special_tokens"]), JSON),
    st.dictionaries(st.sampled_from(["eos_token_id", "temperature", "pad_token_id"]), JSON),
)
def test_whatever_the_files_say_no_rule_fails(
    config: dict[str, Any], tokenizer: dict[str, Any], generation: dict[str, Any]
):
    folder = dataclasses.replace(
        GOOD_FOLDER,
        config=known(Document(name="config.json", value={**llama_config(), **config})),
        tokenizer_config=known(Document(name="tokenizer_config.json", value=tokenizer)),
        generation_config=known(Document(name="generation_config.json", value=generation)),
    )
    judged = snapshot({**environment(), MODEL: folder})
    for code in CODES:
        outcome = apply(load(code), judged, EMPTY_MATRIX)
        assert not any("the rule failed" in reason for reason in outcome.reasons), (code, outcome.reasons)
