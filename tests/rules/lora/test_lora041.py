"""LORA041."""

from __future__ import annotations

from doctor.core.report import Severity
from tests.adapters import lora
from tests.models import llama
from tests.rules.lora.judging import messages, outcome


def test_another_model():
    draft = lora(base_model_name_or_path="Qwen/Qwen3-8B")
    (message,) = messages("LORA041", draft, model=llama())
    assert "trained on Qwen/Qwen3-8B, and is to be served on /models/served" in message


def test_how_sure_it_is():
    """A folder that does not say what it holds may be that model."""
    draft = lora(base_model_name_or_path="Qwen/Qwen3-8B")
    (note,) = outcome("LORA041", draft, model=llama()).problems
    (warning,) = outcome("LORA041", draft, model=llama(_name_or_path="Qwen/Qwen3-4B")).problems
    assert (note.severity, warning.severity) == (Severity.INFO, Severity.WARNING)
    assert "which is Qwen/Qwen3-4B" in warning.message
    (local,) = outcome("LORA041", draft, model=llama(_name_or_path="/home/me/x")).problems
    assert local.severity is Severity.INFO


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
