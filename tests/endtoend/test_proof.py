"""The proof itself, in a real environment with real vLLM; and that its checks can fail.

DOCTOR_CPU_ENV names the interpreter of an environment that holds the CPU set; without it the
environment `cpu` of `scripts/make_environments.py` is used, and made where it is missing.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import pytest

from doctor.core.endtoend import END_TO_END, Ending, EndToEnd, PhaseName
from doctor.core.fact import Known, Unknown
from doctor.core.report import Verdict
from doctor.endtoend.driver import run_end_to_end
from scripts.make_environments import NAMES, default_cache, find_tools, interpreter_of, make
from tests.facts import judge

pytestmark = [pytest.mark.realenv, pytest.mark.slow]

CODES = [f"E2E00{number}" for number in range(1, 8)]


@pytest.fixture(scope="session")
def target() -> Path:
    named = os.environ.get("DOCTOR_CPU_ENV")
    if named:
        return Path(named)
    cache = default_cache()
    cache.mkdir(parents=True, exist_ok=True)
    return Path(interpreter_of(make(NAMES["cpu"], cache, find_tools(sys.executable))))


def run(target: Path, *arguments: str) -> EndToEnd:
    with tempfile.TemporaryDirectory() as parent:
        fact = run_end_to_end(
            target, environ=os.environ, progress=print, arguments=arguments, parent=Path(parent), deadline=600
        )
        assert list(Path(parent).iterdir()) == [], "files were left behind"
    assert isinstance(fact, Known), fact
    return fact.value


def verdicts(result: EndToEnd) -> dict[str, Verdict]:
    return {code: judge(code, {END_TO_END: result}).verdict for code in CODES}


def differing(result: EndToEnd) -> list[PhaseName]:
    return [
        phase.name
        for phase in result.phases
        if isinstance(phase.finding, Known) and phase.finding.value.ending is not Ending.AGREES
    ]


def test_a_sound_environment_converts_merges_and_serves_adapters(target: Path) -> None:
    result = run(target)
    assert differing(result) == [], [phase.finding for phase in result.phases]
    assert set(verdicts(result).values()) == {Verdict.HEALTHY}
    assert result.device == "cpu"
    assert result.dtype == "float32"
    assert {"torch", "transformers", "peft"} <= set(result.versions)
    assert "greedy tokens equal" in result.finding(PhaseName.VLLM_ADAPTER).value.message


def test_an_adapter_with_zero_weights_is_found_out(target: Path) -> None:
    result = run(target, "--until", "merge", "--sabotage", "zero-lora-b")
    assert differing(result) == [PhaseName.ADAPTER]
    assert verdicts(result)["E2E002"] is Verdict.PROBLEM
    assert isinstance(result.finding(PhaseName.VLLM_START), Unknown)


def test_a_merge_of_another_adapter_is_found_out(target: Path) -> None:
    result = run(target, "--until", "merge", "--sabotage", "merged-from-other")
    assert differing(result) == [PhaseName.MERGE]
    assert verdicts(result)["E2E003"] is Verdict.PROBLEM
    assert verdicts(result)["E2E002"] is Verdict.HEALTHY


def test_another_base_model_in_vllm_is_found_out(target: Path) -> None:
    result = run(target, "--until", "vllm-adapter", "--sabotage", "base-swapped")
    assert differing(result) == [PhaseName.VLLM_BASE, PhaseName.VLLM_ADAPTER]
    assert verdicts(result)["E2E004"] is Verdict.HEALTHY
    assert verdicts(result)["E2E005"] is Verdict.PROBLEM


def test_an_adapter_that_vllm_ignores_and_a_wrong_merged_folder_are_found_out(target: Path) -> None:
    """Names that match no module: vLLM starts, generates from the base model, and says nothing."""
    result = run(target, "--sabotage", "unmatched-adapter", "--sabotage", "merged-from-base")
    assert differing(result) == [PhaseName.VLLM_ADAPTER, PhaseName.VLLM_MERGED]
    assert result.finding(PhaseName.VLLM_ADAPTER).value.ending is Ending.DIFFERS
    found = verdicts(result)
    assert found["E2E005"] is Verdict.HEALTHY
    assert found["E2E006"] is found["E2E007"] is Verdict.PROBLEM
