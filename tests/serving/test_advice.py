"""Plans for models of real sizes."""

from __future__ import annotations

import pytest

from doctor.core.serving import GIB
from doctor.matrix.load import load_matrix
from doctor.serving.advice import plan_server
from doctor.serving.demand import PlanningError, demand_of
from doctor.serving.wishes import Goal, Hardware, Wishes
from tests.serving.models import LLAMA_8B, QWEN_7B, folder_of

H100 = Hardware(name="H100", memory=80 * GIB, free=80 * GIB, capability=(9, 0))
T4 = Hardware(name="T4", memory=15 * GIB, free=15 * GIB, capability=(7, 5))


def planned(config=LLAMA_8B, hardware=H100, wishes=None, release=None, **changes):
    demand = demand_of(folder_of({**config, **changes}), release, hardware.gpus)
    return plan_server("/models/served", demand, hardware, wishes or Wishes(), release)


def value(plan, name):
    (found,) = [item.values for item in plan.arguments if item.name == name]
    return found[0] if found else ""


def size(plan, name):
    return sum(item.size for item in plan.segments if item.name == name)


def test_a_token_of_the_cache_takes_what_the_published_sizes_say():
    """2 x layers x key-value heads x head size x 2 bytes: 128 KiB for Llama 3.1 8B, 56 KiB for Qwen2.5 7B."""
    assert planned().cache_bytes_per_token == 128 * 1024
    assert planned(QWEN_7B).cache_bytes_per_token == 56 * 1024


def test_the_weights_are_those_of_the_files():
    assert size(planned(), "weights") == 8_030_261_248 * 2
    assert size(planned(hardware=Hardware(name="x", memory=80 * GIB, free=80 * GIB, gpus=2)), "weights") < 8.1e9


def test_the_segments_fill_the_memory():
    plan = planned()
    assert sum(item.size for item in plan.segments) == pytest.approx(plan.memory, rel=1e-6)


def test_a_large_gpu_serves_the_whole_length_by_default_arguments():
    plan = planned()
    assert plan.capacity is not None
    assert value(plan, "--max-model-len") == "131072"
    assert value(plan, "--gpu-memory-utilization") == "0.92"
    assert plan.command[:3] == ("vllm", "serve", "/models/served")


def test_a_smaller_gpu_gets_a_shorter_length_and_says_so():
    plan = planned(hardware=Hardware(name="L4", memory=23 * GIB, free=23 * GIB, capability=(8, 9)))
    assert plan.capacity is not None
    assert int(value(plan, "--max-model-len")) < 131072
    assert any("131072 positions" in note for note in plan.notes)
    assert plan.capacity.concurrency >= 1


def test_what_does_not_fit_says_what_is_missing():
    plan = planned(hardware=T4)
    assert plan.capacity is None
    assert plan.arguments == ()
    assert "the weights alone take 15.0 GiB" in plan.shortage


def test_a_length_that_was_asked_for_is_not_lowered():
    hardware = Hardware(name="L4", memory=23 * GIB, free=23 * GIB, capability=(8, 0))
    plan = planned(hardware=hardware, wishes=Wishes(length=131072))
    assert plan.capacity is None
    assert "131072 tokens" in plan.shortage
    with pytest.raises(PlanningError, match="131072 positions"):
        planned(wishes=Wishes(length=200000))


def test_an_old_gpu_computes_in_half():
    small = {"hidden_size": 1024, "intermediate_size": 2048, "num_attention_heads": 8}
    assert value(planned(hardware=T4, **small), "--dtype") == "half"
    assert "--dtype" not in planned().command


def test_less_free_memory_is_respected():
    plan = planned(hardware=Hardware(name="H100", memory=80 * GIB, free=60 * GIB, capability=(9, 0)))
    assert value(plan, "--gpu-memory-utilization") == "0.74"


def test_gpus_that_cannot_share_the_heads_are_refused():
    with pytest.raises(PlanningError, match="32 attention heads cannot be divided among 3 GPUs"):
        planned(hardware=Hardware(name="x", memory=80 * GIB, free=80 * GIB, gpus=3))


class TestLora:
    def test_the_buffers_are_for_the_smallest_allowed_rank(self):
        release = load_matrix().vllm_release("0.32.0")
        plan = planned(wishes=Wishes(ranks=(24, 8), adapters=("/a/one", "/b/two")), release=release)
        assert value(plan, "--max-lora-rank") == "32"
        assert value(plan, "--max-loras") == "2"
        assert plan.command[-3:] == ("--lora-modules", "one=/a/one", "two=/b/two")

    def test_a_slot_of_rank_16_takes_what_the_layers_say(self):
        release = load_matrix().vllm_release("0.32.0")
        plan = planned(wishes=Wishes(ranks=(16,)), release=release)
        layers = 32 * (4096 + 4096 + 2 * (4096 + 1024) + 4096 + 4096 + 2 * (4096 + 14336) + 14336 + 4096)
        assert size(plan, "LoRA buffers") == 16 * 2 * (layers + 2 * (128256 + 4096))

    def test_a_rank_beyond_all_is_refused(self):
        release = load_matrix().vllm_release("0.5.5")
        with pytest.raises(PlanningError, match=r"rank 512, and vLLM 0.5.5 takes at most 256"):
            planned(wishes=Wishes(ranks=(512,)), release=release)


@pytest.mark.parametrize("goal", Goal)
def test_every_goal_makes_a_plan_that_fits(goal):
    plan = planned(wishes=Wishes(goal=goal))
    assert plan.capacity is not None
    assert int(value(plan, "--max-num-seqs")) >= 1


@pytest.mark.parametrize("goal", Goal)
def test_every_argument_has_a_reason_and_the_goal_is_one(goal):
    hardware = Hardware(name="V100", memory=80 * GIB, free=80 * GIB, gpus=2, capability=(7, 0))
    plan = planned(hardware=hardware, wishes=Wishes(goal=goal, ranks=(16,), adapters=("/a",)))
    assert all(item.reason for item in plan.arguments)
    named = [item.name for item in plan.arguments if item.reason.startswith(f"for {goal.value}: ")]
    assert named == ["--max-num-seqs", "--max-num-batched-tokens"]


def test_what_others_use_is_shown_apart_from_what_is_free():
    plan = planned(hardware=Hardware(name="H100", memory=80 * GIB, free=60 * GIB, capability=(9, 0)))
    assert size(plan, "in use") == 20 * GIB
    assert 0 < size(plan, "free") < GIB
    assert "in use" not in [item.name for item in planned().segments]


@pytest.mark.parametrize(
    ("gib", "names"),
    [(40, []), (22, ["--enforce-eager"]), (20, ["--enforce-eager", "--kv-cache-dtype"])],
)
def test_what_is_given_up_for_the_length_that_was_asked_for(gib, names):
    """First the graphs, then half of each number in the cache."""
    room = Hardware(name="x", memory=gib * GIB, free=gib * GIB, capability=(9, 0))
    plan = planned(hardware=room, wishes=Wishes(length=32768))
    given_up = ("--enforce-eager", "--kv-cache-dtype")
    assert [item.name for item in plan.arguments if item.name in given_up] == names
