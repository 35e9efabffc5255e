"""LORA051."""

from __future__ import annotations

from doctor.core.report import Verdict
from tests.adapters import lora
from tests.facts import absent
from tests.models import llama
from tests.rules.lora.judging import messages, outcome


def test_a_context_above_the_limit():
    (problem,) = outcome("LORA051", lora(), model=llama(max_position_embeddings=131072), vllm="0.5.4").problems
    assert "at most 65528 at once" in problem.message
    assert problem.remedies[0].commands[0][-2:] == ("--max-model-len", "65528")
    assert problem.remedies[1].pins == ("vllm>=0.5.5",)


def test_a_command_that_is_given_keeps_its_other_options():
    long = llama(max_position_embeddings=131072)
    (problem,) = outcome("LORA051", lora(), model=long, vllm="0.5.4", serve="vllm serve x --enable-lora -tp 2").problems
    assert " ".join(problem.remedies[0].commands[0]) == (
        "vllm serve x --enable-lora --tensor-parallel-size 2 --max-model-len 65528"
    )


def test_later_releases_have_none():
    assert messages("LORA051", lora(), model=llama(max_position_embeddings=131072), vllm="0.5.5") == []


def test_a_short_context():
    assert messages("LORA051", lora(), model=llama(), vllm="0.5.4") == []


def test_without_vllm_nothing_is_said():
    found = outcome("LORA051", lora(), model=llama(max_position_embeddings=131072), vllm=None)
    assert found.verdict is Verdict.NOT_APPLICABLE


def test_a_command_that_limits_the_context():
    long = llama(max_position_embeddings=131072)
    limited = "vllm serve x --enable-lora --max-model-len 32768"
    assert messages("LORA051", lora(), model=long, vllm="0.5.4", serve=limited) == []


def test_the_limit_itself_is_taken():
    assert messages("LORA051", lora(), model=llama(max_position_embeddings=65528), vllm="0.5.4") == []
    (problem,) = outcome("LORA051", lora(), model=llama(max_position_embeddings=65529), vllm="0.5.4").problems
    assert problem.remedies[1].pins == ("vllm>=0.5.5",)


def test_a_context_that_is_not_stated():
    base = llama()
    del base.config["max_position_embeddings"]
    found = outcome("LORA051", lora(), model=base, vllm="0.5.4")
    assert (found.verdict, found.reasons) == (
        Verdict.UNKNOWN,
        ("the config.json of /models/served states no max_position_embeddings",),
    )
    assert messages("LORA051", lora(), model=base, vllm="0.5.5") == []
    serve = "vllm serve x --enable-lora --max-model-len"
    assert len(messages("LORA051", lora(), model=base, vllm="0.5.4", serve=f"{serve} 70000")) == 1
    assert messages("LORA051", lora(), model=base, vllm="0.5.4", serve=f"{serve} 7000") == []


def test_without_an_adapter_it_does_not_apply():
    base = llama(max_position_embeddings=131072)
    assert outcome("LORA051", absent(), model=base, vllm="0.5.4").verdict is Verdict.NOT_APPLICABLE
