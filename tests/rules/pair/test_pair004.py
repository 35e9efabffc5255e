"""PAIR004: what PEFT can train into an adapter is applied by the vLLM that serves it."""

from __future__ import annotations

import dataclasses

import pytest

from doctor.core.matrix import Matrix
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.no_releases import NoReleases
from doctor.core.packages.release import VllmRelease
from doctor.core.report import Severity, Verdict
from doctor.core.training import TRAINING
from doctor.matrix.load import load_matrix
from tests.facts import distribution, judge
from tests.rules.pair.sides import judge_pair

TRAINED = {"peft": "0.18.0"}


@pytest.mark.parametrize(
    ("version", "ignored", "refused"),
    [
        ("0.5.5", ("use_rslora", "rank_pattern", "pissa"), ()),
        ("0.8.5", ("rank_pattern", "pissa"), ("use_dora",)),
        ("0.32.0", (), ("use_dora", "pissa", "bias")),
    ],
)
def test_what_a_release_ignores_and_refuses(version: str, ignored: tuple[str, ...], refused: tuple[str, ...]) -> None:
    outcome = judge_pair("PAIR004", TRAINED, {"vllm": version})
    assert outcome.severity is Severity.INFO and outcome.problems
    said = {"ignores" if " ignores" in problem.message else "refuses": problem.message for problem in outcome.problems}
    assert all(name in said["ignores"] for name in ignored) and all(name in said["refuses"] for name in refused)
    assert not any(name in said["refuses"] for name in ignored) and "use_rslora" not in said["refuses"]
    assert ("ignores" in said) is bool(ignored)
    assert f"vllm {version}" in {item.key for item in outcome.evidence}


def test_what_a_release_applies_is_not_told() -> None:
    """No release does so far with what changes the base."""

    class Applying(NoReleases):
        def vllm_release(self, version: str) -> VllmRelease:
            known = load_matrix().vllm_release("0.32.0")
            assert known is not None
            return dataclasses.replace(known, lora=dataclasses.replace(known.lora, init_lora_weights=("pissa",)))

    facts = {TRAINING: (distribution("peft", "0.18.0"),), DISTRIBUTIONS: (distribution("vllm", "99"),)}
    (problem,) = judge("PAIR004", facts, Matrix(version="test", releases=Applying())).problems
    assert problem.message == (
        "PEFT 0.18.0 can train adapters with what vLLM 99 refuses: use_dora, bias, init_lora_weights=olora, "
        "init_lora_weights=corda, init_lora_weights=loftq"
    )


def test_a_release_that_the_matrix_does_not_know_is_undetermined() -> None:
    outcome = judge_pair("PAIR004", TRAINED, {"vllm": "9.9.9"})
    assert outcome.verdict is Verdict.UNKNOWN
    assert outcome.reasons == ("the matrix does not know what vLLM 9.9.9 accepts of LoRA",)


def test_without_peft_or_vllm_it_does_not_apply() -> None:
    assert judge_pair("PAIR004", {"torch": "2.8.0"}, {"vllm": "0.8.5"}).verdict is Verdict.NOT_APPLICABLE
    assert judge_pair("PAIR004", TRAINED, {"torch": "2.8.0"}).verdict is Verdict.NOT_APPLICABLE
