"""Measuring the diagnosis: what counts as enough, first, named and a false alarm."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.artifact.model import MODEL
from doctor.core.fact import Absent, Known, Unknown
from doctor.core.interpreter import INTERPRETER, PLATFORM
from doctor.core.machine.gpu import DRIVER, GPUS, VISIBLE_DEVICES
from doctor.core.machine.system import SHARED_MEMORY, TOOLKITS, VARIABLES
from doctor.core.packages.distribution import DISTRIBUTIONS, LEFTOVERS
from doctor.core.packages.extension import TORCH_BUILD
from doctor.matrix.load import load_matrix
from scripts.case_snapshot import snapshot_of_case
from scripts.measure_diagnosis import HEALTHY, WAYS, measure, summarise

SCRIPT = Path(__file__).parents[2] / "scripts" / "measure_diagnosis.py"


def case(kind, environment, symptom="it does not work", confidence="high", name="c"):
    return {
        "id": name,
        "cause_kind": kind,
        "environment": environment,
        "symptom": symptom,
        "confidence": confidence,
        "date": "2026-01-01",
    }


PIN = {"packages": {"vllm": "0.7.3", "torch": "2.4.0+cu124"}, "python": "3.11"}
SOUND = {"packages": {"vllm": "0.7.3", "torch": "2.5.1"}, "python": "3.11"}
WORDS = "ImportError: flash_attn_2_cuda.cpython-311.so: undefined symbol: _ZN3c105ErrorC2"


@pytest.fixture(scope="module")
def matrix():
    return load_matrix()


def scores(matrix, *cases):
    return summarise(measure(cases, matrix))


def test_a_fault_that_the_environment_states_is_first(matrix):
    found = scores(matrix, case("torch-pin-violated", PIN))
    assert found["environment"]["first"] == found["environment"]["named"] == found["environment"]["enough"] == 1
    assert [miss for miss in found["misses"] if miss["way"] == "environment"] == []


def test_a_fault_of_another_kind_is_a_miss_with_what_was_said(matrix):
    found = scores(matrix, case("driver-too-old", PIN))
    assert found["environment"]["first"] == found["environment"]["named"] == 0
    (miss,) = [miss for miss in found["misses"] if miss["way"] == "environment"]
    assert miss["said"][0].endswith("torch-pin-violated")
    assert miss["reason"] == "not stated"


def test_the_symptom_names_what_no_environment_states(matrix):
    found = scores(matrix, case("abi-mismatch-flash-attn", {}, WORDS))
    assert found["environment"]["enough"] == found["environment"]["named"] == 0
    assert found["environment"]["undetermined"] == 1
    assert found["environment_and_symptom"]["first"] == 1


def test_enough_is_decided_by_what_is_stated_and_not_by_what_was_found(matrix):
    """Both packages of a known pair are stated, and they fit: enough, and not named."""
    found = scores(matrix, case("transformers-too-new", {"packages": {"vllm": "0.11.0", "transformers": "4.56.2"}}))
    assert found["environment"]["enough"] == 1
    assert found["environment"]["named"] == 0
    alone = scores(matrix, case("transformers-too-new", {"packages": {"transformers": "5.1.0"}}))
    assert alone["environment"]["enough"] == 0


def test_an_error_on_a_healthy_case_is_a_false_alarm(matrix):
    assert scores(matrix, case(HEALTHY, PIN))["environment"]["false_alarms"] == 1
    sound = scores(matrix, case(HEALTHY, SOUND))
    assert sound["environment"]["false_alarms"] == 0
    assert sound["environment"]["healthy"] == 1
    assert sound["environment"]["scored"] == 0


def test_cases_of_low_confidence_are_not_scored(matrix):
    found = scores(matrix, case("torch-pin-violated", PIN, confidence="low"))
    assert found["environment"]["scored"] == 0
    assert found["by_kind"] == {}


def test_every_key_of_a_case_becomes_a_fact():
    environment = {
        "python": "3.12",
        "packages": {"vllm": "0.18.2", "torch": "2.10.0"},
        "gpu": {"name": "NVIDIA H100", "count": 2, "memory_mib": 81559, "compute_capability": "9.0"},
        "driver": "580+",
        "cuda_driver": "13.0",
        "nvcc": "12.8.93",
        "os": "Ubuntu 22.04.4 LTS (x86_64)",
        "libc": "glibc-2.35",
        "env_vars": {"CUDA_VISIBLE_DEVICES": "0", "OMP_NUM_THREADS": None},
        "torch_cuda": "12.8",
        "torch_arch_list": ["sm_90"],
        "wheel_tag": "manylinux_2_35",
        "shm": "64M",
        "topology": "NODE",
        "site_packages": "/env/lib/python3.12/site-packages",
        "invalid_distributions": ["~orch"],
    }
    snapshot = snapshot_of_case(case(HEALTHY, environment))
    keys = (INTERPRETER, PLATFORM, DISTRIBUTIONS, GPUS, DRIVER, TOOLKITS, VARIABLES, VISIBLE_DEVICES, TORCH_BUILD)
    assert all(isinstance(snapshot.get(key), Known) for key in (*keys, SHARED_MEMORY, LEFTOVERS))
    vllm = next(item for item in snapshot.get(DISTRIBUTIONS).value if item.name == "vllm")
    assert vllm.wheel_tags == ("cp38-abi3-manylinux_2_35_x86_64",)
    assert snapshot.get(DRIVER).value.version.value == "580"
    assert snapshot.get(SHARED_MEMORY).value.size == 64
    assert snapshot.get(VARIABLES).value == {"CUDA_VISIBLE_DEVICES": "0"}
    assert isinstance(snapshot_of_case(case(HEALTHY, {})).get(DISTRIBUTIONS), Unknown)


def test_files_that_a_case_names():
    files = {"missing": ["config.json"], "present": ["adapter_config.json"]}
    model = snapshot_of_case(case(HEALTHY, {"model_files": files})).get(MODEL).value
    assert isinstance(model.config, Absent)
    assert model.has("adapter_config.json")
    shards = {"index_shards": 3, "present_shards": 2}
    model = snapshot_of_case(case(HEALTHY, {"model_files": shards})).get(MODEL).value
    assert len(model.index.value.files) == 3
    assert not model.has("model-00003-of-00003.safetensors")
    adapter = {"adapter_config.json": {"r": 64}}
    (folder,) = snapshot_of_case(case(HEALTHY, {"model_files": adapter})).get(ADAPTERS).value
    assert folder.config.value.value["r"] == 64


def run(*arguments):
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=SCRIPT.parents[1])


def test_the_command_prints_tables_or_json(tmp_path):
    path = tmp_path / "cases.jsonl"
    path.write_text("\n".join(json.dumps(item) for item in (case("torch-pin-violated", PIN), case(HEALTHY, SOUND))))
    assert "torch-pin-violated" in run(path).stdout
    found = json.loads(run(path, "--format", "json").stdout)
    assert set(found) == {*WAYS, "by_kind", "misses"}
    wanted = {"scored", "enough", "first", "named", "false_alarms", "undetermined"}
    assert all(wanted <= set(found[way]) for way in WAYS)


def test_cases_that_cannot_be_read(tmp_path):
    path = tmp_path / "cases.jsonl"
    path.write_text("{")
    done = run(path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert run(tmp_path / "none").returncode == 2
