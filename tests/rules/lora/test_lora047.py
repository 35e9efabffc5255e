"""LORA047."""

from __future__ import annotations

from doctor.core.report import Verdict
from tests.adapters import lora
from tests.facts import absent
from tests.models import Draft, llama
from tests.rules.lora.judging import messages, outcome


def test_above_the_limit_of_the_release():
    for vllm, limit in (("0.4.0.post1", 33024), ("0.5.4", 128512), ("0.16.0", 257024), ("0.32.0", 258048)):
        (message,) = messages("LORA047", lora(), model=small(limit + 1), vllm=vllm)
        assert f"up to {limit}" in message
        assert messages("LORA047", lora(), model=small(limit), vllm=vllm) == []


def test_only_where_the_head_is_adapted():
    large = small(262144, architectures=["Gemma2ForCausalLM"])
    assert messages("LORA047", lora(), model=large, vllm="0.32.0") == []


def test_without_a_base():
    assert outcome("LORA047", lora()).verdict is Verdict.NOT_APPLICABLE


def small(vocabulary: int, **changes: object) -> Draft:
    """A base of a large vocabulary whose weights are not there."""
    draft = llama(**changes)
    draft.config["vocab_size"] = vocabulary
    draft.tensors, draft.shards = {}, 0
    return draft


def test_an_older_limit_is_raised_by_an_upgrade_and_the_newest_is_not():
    (problem,) = outcome("LORA047", lora(), model=small(128513), vllm="0.5.4").problems
    assert [remedy.pins for remedy in problem.remedies] == [("vllm>=0.5.5",), ()]
    (problem,) = outcome("LORA047", lora(), model=small(300000)).problems
    assert [remedy.pins for remedy in problem.remedies] == [()]


def test_a_vocabulary_that_is_not_stated_and_an_architecture_that_is_not_served():
    draft = small(1)
    del draft.config["vocab_size"]
    found = outcome("LORA047", lora(), model=draft)
    assert (found.verdict, found.reasons) == (
        Verdict.UNKNOWN,
        ("the config.json of /models/served states no vocab_size",),
    )
    assert messages("LORA047", lora(), model=small(300000, architectures=["NoSuchForCausalLM"])) == []


def test_without_an_adapter_it_does_not_apply():
    assert outcome("LORA047", absent(), model=small(300000)).verdict is Verdict.NOT_APPLICABLE
