"""LORA001."""

from __future__ import annotations

import dataclasses

import pytest

from doctor.core.report import Verdict
from doctor.probes.adapter.folder import read_adapter
from tests.adapters import folder_of, lora
from tests.facts import unknown
from tests.rules.lora.judging import messages, outcome


def test_a_folder_without_config():
    draft = lora()
    draft.config = None
    assert messages("LORA001", draft) == [
        "it has no adapter_config.json, which PEFT and vLLM need to know the rank and the scale"
    ]


def test_a_model_given_as_an_adapter():
    draft = lora()
    draft.config, draft.tensors = None, None
    draft.files = {"config.json": b"{}", "model.safetensors": b""}
    (message,) = messages("LORA001", draft)
    assert message.startswith("this is a model folder (config.json, model.safetensors) and no adapter")


def test_the_config_may_lie_below(tmp_path):
    (tmp_path / "default").mkdir()
    found = outcome("LORA001", read_adapter(str(tmp_path)))
    assert "look for it in default below" in found.problems[0].message


def test_one_of_several():
    bare = lora()
    bare.config = None
    found = outcome("LORA001", lora(), bare)
    assert [problem.subject for problem in found.problems] == ["/adapters/1"]


def test_a_whole_adapter():
    assert messages("LORA001", lora()) == []


def test_a_config_that_may_not_be_read():
    folder = dataclasses.replace(folder_of(lora()), config=unknown())
    assert outcome("LORA001", folder).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("weights", [["adapter_model.bin"], ["adapter_model.safetensors", "model.safetensors"]])
def test_a_config_of_a_model_beside_weights_of_an_adapter_makes_no_model_of_it(weights):
    draft = lora()
    draft.config, draft.tensors = None, None
    draft.files = {"config.json": b"{}", **dict.fromkeys(weights, b"")}
    (message,) = messages("LORA001", draft)
    assert message.startswith("it has no adapter_config.json")


def test_hidden_folders_below_are_not_named(tmp_path):
    (tmp_path / ".cache").mkdir()
    assert "below" not in outcome("LORA001", read_adapter(str(tmp_path))).problems[0].message
