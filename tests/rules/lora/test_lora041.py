"""LORA041."""

from __future__ import annotations

from tests.adapters import lora
from tests.models import llama
from tests.rules.lora.judging import messages


def test_another_model():
    draft = lora(base_model_name_or_path="Qwen/Qwen3-8B")
    (message,) = messages("LORA041", draft, model=llama())
    assert "trained on Qwen/Qwen3-8B, and is to be served on /models/served" in message


def test_the_same_model_under_its_names():
    for name in ("/models/served", "someone/Served", "unsloth/served-unsloth-bnb-4bit"):
        assert messages("LORA041", lora(base_model_name_or_path=name), model=llama()) == []


def test_the_origin_that_the_config_states():
    served = llama(_name_or_path="Qwen/Qwen3-8B")
    assert messages("LORA041", lora(base_model_name_or_path="unsloth/Qwen3-8B-bnb-4bit"), model=served) == []


def test_the_folder_of_a_cache():
    cached = "/cache/hub/models--meta-llama--Served/snapshots/" + "0" * 40
    assert messages("LORA041", lora(base_model_name_or_path=cached), model=llama()) == []


def test_no_name_is_another_rules_matter():
    assert messages("LORA041", lora(base_model_name_or_path=None), model=llama()) == []
