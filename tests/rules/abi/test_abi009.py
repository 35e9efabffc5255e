from __future__ import annotations

import dataclasses

import pytest

from doctor.core.fact import Reason
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.report import Cause, Outcome, Severity, Verdict
from tests.facts import distribution, unknown
from tests.rules.abi.environments import commands_of, environment, judge, torch

CODE = "ABI009"


def listed(name: str, version: str) -> Distribution:
    return distribution(name, version, requires=unknown(Reason.NOT_STATED))


def judged(*distributions: Distribution) -> Outcome:
    return judge(CODE, environment(distributions=distributions))


@pytest.mark.parametrize(
    ("name", "version"),
    [("transformer-engine", "0.10.0"), ("torchvision", "0.18.0a0"), ("torch-tensorrt", "2.3.0a0")],
)
@pytest.mark.parametrize("installed", ["2.1.2", "2.4.0+cu121"])
def test_a_part_of_the_image_beside_a_torch_of_the_index(name: str, version: str, installed: str) -> None:
    outcome = judged(torch(installed), listed(name, version))
    (problem,) = outcome.problems
    assert (outcome.severity_of(problem), outcome.cause_of(problem)) == (Severity.WARNING, Cause.ABI_MISMATCH_OTHER)
    assert f"torch {installed} is" in problem.message
    assert f"uninstall --python /env/bin/python {name}" in commands_of(outcome)[0]


@pytest.mark.parametrize(
    ("installed", "name", "version"),
    [
        ("2.1.0a0+32f93b1", "transformer-engine", "0.12.0"),
        ("2.3.0a0+ebedce2", "torchvision", "0.18.0a0"),
        ("2.1.2", "transformer-engine", "1.9.0"),
        ("2.1.2", "torchvision", "0.16.2"),
        ("2.10.0.dev20251101+cu128", "torchvision", "0.25.0.dev20251101+cu128"),
    ],
)
def test_what_goes_together_is_healthy(installed: str, name: str, version: str) -> None:
    assert judged(torch(installed), listed(name, version)).verdict is Verdict.HEALTHY


def test_of_what_is_installed_its_symbols_tell() -> None:
    installed = distribution("transformer-engine", "1.5.0")
    assert judged(torch("2.5.1"), installed).verdict is Verdict.HEALTHY


def test_each_part_is_looked_at_and_one_from_elsewhere_is_none() -> None:
    ours = dataclasses.replace(listed("torchvision", "0.18.0a0"), origin="local")
    outcome = judged(torch("2.1.2"), listed("torchaudio", "2.1.2"), ours, listed("transformer-engine", "0.10.0"))
    assert [problem.subject for problem in outcome.problems] == ["transformer-engine"]


@pytest.mark.parametrize(("first", "second"), [("built-by-hand", "0.10.0"), ("2.1.2", "built-by-hand")])
def test_a_version_that_cannot_be_read_is_undetermined(first: str, second: str) -> None:
    assert judged(torch(first), listed("transformer-engine", second)).verdict is Verdict.UNKNOWN


def test_without_torch_it_does_not_apply() -> None:
    assert judged(listed("transformer-engine", "0.10.0")).verdict is Verdict.NOT_APPLICABLE
    assert judged(torch(), listed("peft", "0.12.0")).verdict is Verdict.NOT_APPLICABLE
    assert judge(CODE, {**environment(), DISTRIBUTIONS: unknown()}).verdict is Verdict.UNKNOWN
