"""The model folder of a case, and what the rules say of it."""

from __future__ import annotations

import pytest

from doctor.core.report import Verdict
from doctor.engine.catalogue import load
from doctor.engine.judge import apply
from doctor.matrix.load import load_matrix
from scripts.case_snapshot import snapshot_of_case


def outcome(code, files, **environment):
    case = {"id": "c", "date": "2026-01-01", "environment": {"model_files": files, **environment}}
    return apply(load(code), snapshot_of_case(case), load_matrix())


@pytest.mark.parametrize(("version", "found"), [("4.46.0", True), ("4.52.0", False)])
def test_a_list_of_versions_tells_which_models_transformers_knows(version, found):
    packages = {"transformers": version, "vllm": "0.9.0"}
    assert bool(outcome("MODEL004", {"config.json": {"model_type": "qwen3_moe"}}, packages=packages).problems) is found


def test_an_adapter_that_is_given_as_a_model():
    found = outcome("MODEL001", {"present": ["adapter_config.json"], "missing": ["config.json"]})
    assert "LoRA adapter" in found.problems[0].message


def test_what_a_thread_does_not_say_to_be_missing_is_there():
    assert not outcome("MODEL001", {"missing": ["tokenizer.json"]}).problems
    assert not outcome("MODEL034", {"config.json": {"torch_dtype": "float16"}}).problems


def test_a_list_without_vllm_is_judged_by_its_transformers_alone():
    found = outcome("MODEL004", {"config.json": {"model_type": "qwen3_vl"}}, packages={"transformers": "4.49.0"})
    assert found.problems
    assert found.undetermined


@pytest.mark.parametrize(("version", "found"), [("0.16.0", True), ("0.30.0", False)])
def test_a_list_with_vllm_alone_is_compared_with_every_transformers_that_it_allows(version, found):
    judged = outcome("MODEL004", {"config.json": {"model_type": "qwen3_5"}}, packages={"vllm": version})
    assert bool(judged.problems) is found
    assert found or judged.verdict is Verdict.UNKNOWN
    assert not found or "no transformers that vllm 0.16.0 allows" in judged.problems[0].message


def test_who_misses_the_index_has_shards():
    assert outcome("MODEL042", {"missing": ["model.safetensors.index.json"]}).problems


def test_weights_that_are_said_to_be_cut_short():
    assert outcome("MODEL036", {"weights": "incomplete"}).problems


@pytest.mark.parametrize("quantization", ["present (bitsandbytes 4-bit)", {"quant_method": "bitsandbytes"}])
def test_sixteen_bit_weights_beside_a_quantization_config(quantization):
    files = {"config.json": {"quantization_config": quantization}, "weights_dtype": "16bit"}
    assert outcome("MODEL016", files).problems
