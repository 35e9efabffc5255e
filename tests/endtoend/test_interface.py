"""The calls of the proof bind against the sources of every release of vLLM that the table names.

`signatures.json` is what `scripts/read_vllm_signatures.py` read from the source distributions.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from packaging.version import Version

from doctor.endtoend.driver import PAYLOAD

sys.path.insert(0, str(PAYLOAD))
from tinyproof import interface, serving
from tinyproof.reporting import CouldNotRun

sys.path.remove(str(PAYLOAD))

READ = json.loads(Path(__file__).with_name("signatures.json").read_text())
RELEASES = [name for name in READ["releases"] if Version(name) >= Version(interface.OLDEST)]
CALLS = sorted({row.call for row in interface.ROWS})
LIMITS = serving.Limits(dtype="float16", tokens=64, requests=4, rank=8, adapters=2)

every_release = pytest.mark.parametrize("release", RELEASES)


def has(subject: str, name: str, release: str) -> bool:
    """Whether a release takes or has a name."""
    order = READ["releases"].index
    stretches = READ["subjects"][subject].get(name, [])
    return any(order(first) <= order(release) <= order(last) for first, last in stretches)


@every_release
@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_every_option_of_the_engine_is_known_to_it(release, device):
    options = interface.engine_options(release, device, LIMITS)
    assert {name for name in options if not has("EngineArgs", name, release)} == set()
    assert {"enable_lora", "max_loras", "max_lora_rank", "dtype", "enforce_eager", "max_model_len"} <= set(options)


@every_release
def test_generate_takes_prompts_and_one_adapter_for_each(release):
    for name in ("prompts", "sampling_params", "use_tqdm", "lora_request"):
        assert has("LLM.generate", name, release), name
    for name in ("temperature", "max_tokens", "logprobs", "prompt_logprobs", "ignore_eos"):
        assert has("SamplingParams", name, release), name


@every_release
def test_an_adapter_is_named_by_position(release):
    """The third was renamed in 0.5.3, and deprecated names print a warning with every request."""
    orders = READ["subjects"]["LoRARequest by position"]
    held = [order for order in orders if has("LoRARequest by position", order, release)]
    assert len(held) == 1
    assert held[0].startswith("lora_name, lora_int_id, lora_")
    assert held[0].endswith("path")


@every_release
def test_the_engine_can_load_an_adapter_by_itself(release):
    engines = ("vllm/engine/llm_engine.py", "vllm/v1/engine/llm_engine.py")
    assert any(has("LLMEngine", f"{path}: add_lora", release) for path in engines)


@every_release
def test_a_conversation_is_asked_where_that_can_be_done(release):
    takes = all(has("LLM.chat", name, release) for name in ("messages", "sampling_params", "use_tqdm"))
    assert (interface.form_of("chat", release) == "LLM.chat") == takes


@every_release
def test_the_engine_is_taken_down_with_what_is_there(release):
    form = interface.form_of("taking down", release)
    assert has("parallel_state", form, release)
    if form != "cleanup_dist_env_and_memory":
        assert not has("parallel_state", "cleanup_dist_env_and_memory", release)
        assert has("parallel_state", "destroy_model_parallel", release)


@every_release
def test_a_model_is_inspected_early_where_that_is_kept(release):
    kept = has("model registry", "_save_modelinfo_to_cache", release)
    assert (interface.form_of("inspection of a model", release) == "kept") == kept
    if kept:
        assert has("model registry", "inspect_model_cls", release)
        assert has("model registry", "_run_in_subprocess", release)


@every_release
@pytest.mark.parametrize("call", CALLS)
def test_one_row_fits(release, call):
    rows = [
        row
        for row in interface.ROWS
        if row.call == call
        and Version(row.since) <= Version(release)
        and (not row.until or Version(release) <= Version(row.until))
    ]
    assert [row.form for row in rows] == [interface.form_of(call, release)]


@pytest.mark.parametrize("version", ["99.0", "0.1.dev9120+g1234567", "main", ""])
def test_a_build_without_a_release_is_called_like_the_newest(version):
    assert interface.form_of("taking down", version) == "cleanup_dist_env_and_memory"


def test_labels_and_pre_releases_are_those_of_their_release():
    assert interface.form_of("cache", "0.10.2rc1+cpu") == "kv_cache_memory_bytes"
    assert interface.form_of("cache", "0.10.1.1+cpu") == "gpu_memory_utilization"


def test_what_is_too_old_could_not_be_run():
    with pytest.raises(CouldNotRun, match=r"older than 0\.5\.0"):
        interface.form_of("chat", "0.4.3")


def test_one_slot_is_spare_and_a_model_without_adapters_has_none():
    assert interface.engine_options("0.32.0", "cpu", LIMITS)["max_loras"] == LIMITS.adapters + 1
    alone = serving.Limits(dtype="float32", tokens=64, requests=4)
    assert "enable_lora" not in interface.engine_options("0.32.0", "cpu", alone)


def test_old_cpu_engines_are_told_the_size_of_the_cache_by_a_variable():
    assert interface.environment("0.10.2", "cpu") == {"VLLM_CPU_KVCACHE_SPACE": "1"}
    assert interface.environment("0.32.0", "cpu") == {}
    assert interface.environment("0.5.5", "cuda") == {}
    assert "VLLM_CPU_KVCACHE_SPACE" not in os.environ
