"""Adapters of cases, as threads state them."""

from __future__ import annotations

from typing import Any

from doctor.core.artifact.adapter import ADAPTERS, AdapterFolder
from doctor.core.fact import Absent, Known, Reason, Source, SourceKind, Unknown
from doctor.core.report import Verdict
from scripts.case_adapters import adapters_of
from tests.rules.lora.judging import outcome

SOURCE = Source(kind=SourceKind.FILE, where="case x")


def adapter(**files: Any) -> AdapterFolder:
    ((key, fact),) = adapters_of(files, SOURCE)
    assert key is ADAPTERS
    assert isinstance(fact, Known)
    (folder,) = fact.value
    return folder


def test_a_part_of_a_config():
    folder = adapter(**{"adapter_config.json": {"r": 64}})
    assert folder.config.value.value == {"r": 64}
    assert isinstance(folder.weights, Unknown)
    assert outcome("LORA016", folder).verdict is Verdict.PROBLEM
    assert outcome("LORA007", folder).verdict is Verdict.UNKNOWN


def test_entries_without_values():
    folder = adapter(**{"adapter_config.json": {"keys": ["eva_config"]}})
    assert folder.config.value.value == {"eva_config": None}


def test_a_file_that_is_missing():
    folder = adapter(missing=["adapter_config.json"])
    assert isinstance(folder.config, Absent)
    assert outcome("LORA001", folder).verdict is Verdict.PROBLEM


def test_names_of_modules():
    folder = adapter(adapter_tensor_names=["model.unembed_tokens"])
    assert isinstance(folder.config, Unknown)
    assert folder.config.reason is Reason.NOT_STATED
    assert outcome("LORA012", folder).verdict is Verdict.HEALTHY


def test_what_speaks_of_no_adapter():
    for files in ({}, {"missing": ["config.json"]}, {"config.json": {"vocab_size": 1}}):
        assert list(adapters_of(files, SOURCE)) == []
