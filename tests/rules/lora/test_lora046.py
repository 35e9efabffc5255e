"""LORA046."""

from __future__ import annotations

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.artifact.model import BASE, MODEL, not_asked_for
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Verdict
from tests.adapters import Draft, folder_of, lora, pair
from tests.facts import EMPTY_MATRIX, distribution, interpreter, judge, unknown
from tests.models import llama
from tests.rules.lora.judging import MATRIX, messages, outcome


def fused() -> Draft:
    draft = lora().state(target_modules=["qkv_proj", "gate_up_proj"])
    draft.tensors = pair("model.layers.0.self_attn.qkv_proj", (128, 64))
    return draft


def test_a_release_with_lists():
    (message,) = messages("LORA046", fused(), vllm="0.4.2")
    assert (
        "it has qkv_proj, which vLLM 0.4.2 does not adapt in any architecture: it refuses the whole adapter" in message
    )


def test_the_list_of_the_base():
    draft = lora()
    draft.tensors |= pair("lm_head", (320, 64))
    (message,) = messages("LORA046", draft, model=llama(architectures=["Qwen2ForCausalLM"]), vllm="0.5.5")
    assert "it has lm_head, which vLLM 0.5.5 does not adapt in Qwen2ForCausalLM" in message
    assert messages("LORA046", draft, model=llama(), vllm="0.5.5") == []


def test_the_oldest_leave_it_out():
    assert "without a word" in messages("LORA046", fused(), vllm="0.4.0")[0]


def test_the_list_of_the_config_where_there_are_no_tensors():
    draft = fused()
    draft.tensors = None
    assert "it has qkv_proj, gate_up_proj, which" in messages("LORA046", draft, vllm="0.4.2")[0]
    for stated in ("all-linear", None, []):
        assert outcome("LORA046", draft.state(target_modules=stated), vllm="9.9.9").verdict is Verdict.HEALTHY


def test_an_architecture_that_the_release_does_not_have_is_another_rules_matter():
    assert messages("LORA046", fused(), model=llama(architectures=["NoSuchForCausalLM"]), vllm="0.4.2") == []


def test_the_release_that_takes_them_is_named():
    (problem,) = outcome("LORA046", fused(), vllm="0.4.2").problems
    newer, other = problem.remedies
    assert other.pins == ()
    assert messages("LORA046", fused(), vllm=newer.pins[0].removeprefix("vllm>=")) == []


def test_newer_releases_take_every_linear_layer():
    for vllm in ("0.8.0", "0.32.0"):
        assert messages("LORA046", fused(), vllm=vllm) == []


def test_usual_modules():
    assert messages("LORA046", lora(), vllm="0.5.5") == []


def test_where_the_base_is_not_known_it_is_what_no_architecture_takes():
    facts = {
        ADAPTERS: (folder_of(fused()),),
        MODEL: unknown(),
        BASE: not_asked_for("--base"),
        DISTRIBUTIONS: (distribution("vllm", "0.4.2"),),
        INTERPRETER: interpreter(),
    }
    found = judge("LORA046", facts, MATRIX)
    assert "does not adapt in any architecture" in found.problems[0].message
    assert found.undetermined


def test_without_a_row_of_any_release_nothing_can_be_said():
    found = outcome("LORA046", fused(), vllm=None, matrix=EMPTY_MATRIX)
    assert found.verdict is Verdict.UNKNOWN
    assert found.reasons == ("the matrix knows no release of vLLM",)
