"""An attribute that a configuration class lacks: which releases of transformers have it, or what else reads it."""

from __future__ import annotations

import dataclasses
import json

import pytest

from doctor.core.diagnosis import Certainty, Finding
from doctor.core.matrix import Matrix
from doctor.core.report import Cause
from doctor.engine.configs import ELSEWHERE
from doctor.engine.diagnose import diagnose
from doctor.matrix.releases import ShippedReleases
from tests.breakages.environment import environment
from tests.breakages.examples import matrix
from tests.facts import snapshot

TABLE = {
    "schema": 1,
    "package": "transformers",
    "releases": "4.36 4.41 5.0",
    "configs": {
        "PreTrainedConfig": {"releases": "4.36", "changes": {"4.36 5.0": "pad_token_id prefix"}},
        "TinyConfig": {"releases": "4.36", "changes": {"4.36": "pad_token_id", "4.36 5.0": "theta", "4.41": "experts"}},
        "TwoConfig": {"releases": "4.41", "parts": "text_config vision_config", "changes": {"4.41 5.0": "sizes"}},
    },
}


def known() -> Matrix:
    shipped = ShippedReleases()
    files = {"transformers/configs.json": json.dumps(TABLE).encode()}
    releases = ShippedReleases(lambda name: files.get(name) or shipped._read(name), shipped.packages)
    return dataclasses.replace(matrix(), releases=releases)


def told(owner: str, name: str, before: str = "", **packages: str) -> list[Finding]:
    facts = snapshot(environment({"packages": packages})) if packages else None
    text = f"{before}AttributeError: '{owner}' object has no attribute '{name}'"
    return list(diagnose(text, facts, known()).findings)


def test_an_attribute_that_newer_releases_have_no_more() -> None:
    [finding] = told("TinyConfig", "theta", transformers="5.2.0")
    assert (finding.cause, finding.certainty) == (Cause.TRANSFORMERS_TOO_NEW, Certainty.CONFIRMED)
    assert finding.reason.startswith("transformers 5.0 and newer have no theta in TinyConfig any more")


def test_an_attribute_of_a_newer_release() -> None:
    [finding] = told("TinyConfig", "experts", transformers="4.40.0")
    assert (finding.cause, finding.certainty) == (Cause.TRANSFORMERS_TOO_OLD, Certainty.CONFIRMED)


def test_what_a_class_brings_from_its_first_release_on_no_release_is_too_old_for() -> None:
    assert [item.cause for item in told("TwoConfig", "sizes")] == [Cause.TRANSFORMERS_TOO_NEW]


def test_what_their_base_loses_all_of_them_lose_but_for_those_that_keep_it() -> None:
    assert [item.cause for item in told("TwoConfig", "prefix")] == [Cause.TRANSFORMERS_TOO_NEW]
    assert ELSEWHERE not in {item.name for item in told("TinyConfig", "pad_token_id")}


def test_an_attribute_that_no_release_adds_or_takes_is_of_another_configuration() -> None:
    [finding] = told("TinyConfig", "layer_norm_epsilon")
    assert (finding.name, finding.cause) == (ELSEWHERE, Cause.OTHER)
    assert finding.reason.endswith("what reads it was made for another model, or is older than this one")


def test_of_a_model_of_parts_it_is_said_where_their_configurations_are() -> None:
    assert "(text_config and vision_config)" in told("TwoConfig", "no_such_size")[0].reason


def test_of_a_class_that_transformers_does_not_have_nothing_is_told() -> None:
    assert ELSEWHERE not in {item.name for item in told("OwnConfig", "theta")}


@pytest.mark.parametrize(
    ("program", "owner", "named"),
    [
        ("vllm serve: ", "Gemma3Config", True),
        ("vLLM is starting: ", "Gemma3Config", True),
        ("train.py: ", "Gemma3Config", False),
        # The oldest vLLM that is known has a class for them, and a later one another.
        ("vllm serve: ", "LlamaConfig", False),
        ("vllm serve: ", "GPT2Config", False),
    ],
)
def test_what_ships_names_the_vllm_that_has_a_class_for_the_model(program: str, owner: str, named: bool) -> None:
    text = f"{program}AttributeError: '{owner}' object has no attribute 'no_such_size'"
    said = diagnose(text, None, dataclasses.replace(matrix(), releases=ShippedReleases())).findings
    [remedy] = next(item for item in said if item.name == ELSEWHERE).remedies
    assert [word for command in remedy.commands for word in command if "vllm>=" in word] == ["vllm>=0.8.0"][:named]
    assert ("Install vLLM" in remedy.text) is named
