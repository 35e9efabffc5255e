"""What a command line that is given makes of the memory."""

from __future__ import annotations

import pytest

from doctor.core.serving import GIB
from doctor.intake.serve import read_serve
from doctor.matrix.load import load_matrix
from doctor.serving.demand import PlanningError, demand_of
from doctor.serving.served import plan_command
from doctor.serving.wishes import Hardware
from tests.serving.models import LLAMA_8B, folder_of

RELEASE = load_matrix().vllm_release("0.32.0")


def served(arguments, memory=45, free=None, name="NVIDIA L40S", gpus=1, release=RELEASE):
    hardware = Hardware(name=name, memory=memory * GIB, free=(free or memory) * GIB, gpus=gpus, capability=(8, 9))
    demand = demand_of(folder_of(LLAMA_8B), release, gpus)
    command = read_serve(f"vllm serve /models/served {arguments}")
    return plan_command(command, "/models/served", demand, hardware, release)


def size(plan, name):
    return sum(item.size for item in plan.segments if item.name == name)


def test_what_the_command_says_is_what_is_laid_out():
    plan = served("--max-model-len 8k --max-num-seqs 16 --max-num-batched-tokens 4096 --gpu-memory-utilization 0.5")
    assert (plan.length, plan.sequences) == (8000, 16)
    assert size(plan, "free") == pytest.approx(45 * GIB / 2)
    assert not any("left to" in note for note in plan.notes)


@pytest.mark.parametrize(
    ("memory", "name", "step", "sequences"),
    [
        (45, "NVIDIA L40S", 2048, 256),
        (80, "NVIDIA H100 80GB HBM3", 8192, 1024),
        (80, "NVIDIA A100-SXM4-80GB", 2048, 256),
        (180, "NVIDIA B200", 16384, 1024),
    ],
)
def test_what_it_leaves_out_is_the_default_of_that_gpu_and_told(memory, name, step, sequences):
    (note,) = [note for note in served("", memory=memory, name=name).notes if "left to" in note]
    assert f"--max-num-batched-tokens {step}, --max-num-seqs {sequences}" in note
    assert "--gpu-memory-utilization 0.92" in note


def test_lora_takes_the_slots_and_the_rank_of_the_command():
    assert size(served("--max-model-len 8192"), "LoRA buffers") == 0
    one = size(served("--enable-lora --max-lora-rank 16"), "LoRA buffers")
    assert size(served("--enable-lora"), "LoRA buffers") == one
    assert size(served("--enable-lora --max-loras 4 --max-lora-rank 32"), "LoRA buffers") == 8 * one


def test_switches_that_change_the_memory():
    assert size(served("--enforce-eager"), "CUDA graphs") == 0
    full, half = served("--max-model-len 8192"), served("--max-model-len 8192 --kv-cache-dtype fp8")
    assert half.cache_bytes_per_token * 2 == full.cache_bytes_per_token
    assert half.capacity.tokens == pytest.approx(2 * full.capacity.tokens, rel=0.01)


def test_what_others_use_is_not_free():
    plan = served("--gpu-memory-utilization 0.5", free=30)
    assert size(plan, "in use") == 15 * GIB
    assert sum(item.size for item in plan.segments) == pytest.approx(plan.memory)


def test_what_does_not_fit_says_so():
    plan = served("--max-model-len 131072", memory=24)
    assert plan.capacity is None
    assert "not one request of 131072 tokens" in plan.shortage


@pytest.mark.parametrize("option", ["--pipeline-parallel-size 2", "--quantization bitsandbytes", "--cpu-offload-gb 4"])
def test_what_is_not_counted_is_refused(option):
    with pytest.raises(PlanningError, match=option.split()[0]):
        served(option)


def test_32_bits_are_refused():
    with pytest.raises(PlanningError, match="32 bits"):
        served("--dtype float32")


def test_a_short_name_is_told_as_it_was_written():
    with pytest.raises(PlanningError, match="-pp"):
        served("-pp 2")
