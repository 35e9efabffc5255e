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

from doctor.core.endtoend import END_TO_END, EndToEnd, PhaseName
from doctor.core.fact import Known
from doctor.core.report import Verdict
from doctor.endtoend.driver import run_end_to_end
from doctor.endtoend.job import Job
from doctor.engine.catalogue import module_names
from scripts import prove_end_to_end
from scripts.make_environments import NAMES, default_cache, find_tools, interpreter_of, make
from scripts.prove_end_to_end import DEEDS
from tests.facts import judge

pytestmark = [pytest.mark.realenv, pytest.mark.slow]

CODES = [code for code in module_names() if code.startswith("E2E")]


@pytest.fixture(scope="session")
def target() -> Path:
    named = os.environ.get("DOCTOR_CPU_ENV")
    if named:
        return Path(named)
    cache = default_cache()
    cache.mkdir(parents=True, exist_ok=True)
    return Path(interpreter_of(make(NAMES["cpu"], cache, find_tools(sys.executable))))


def run(target: Path) -> EndToEnd:
    with tempfile.TemporaryDirectory() as parent:
        fact = run_end_to_end(target, environ=os.environ, progress=print, parent=Path(parent), deadline=600)
        assert list(Path(parent).iterdir()) == [], "files were left behind"
    assert isinstance(fact, Known), fact
    return fact.value


def test_a_sound_environment_converts_merges_and_serves_adapters(target: Path) -> None:
    result = run(target)
    verdicts = {code: judge(code, {END_TO_END: result}) for code in CODES}
    # Unsloth is not installed there.
    own = verdicts.pop("E2E010")
    assert (own.verdict, own.reasons) == (Verdict.NOT_APPLICABLE, ("unsloth is not installed in this environment",))
    assert {code: (found.verdict, found.reasons) for code, found in verdicts.items()} == dict.fromkeys(
        verdicts, (Verdict.HEALTHY, ())
    ), [phase.finding for phase in result.phases]
    assert (result.device, result.dtype) == ("cpu", "float32")
    assert {"torch", "transformers", "peft"} <= set(result.versions)
    assert "greedy tokens equal" in result.finding(PhaseName.VLLM_ADAPTER).value.message
    assert "max_loras=3" in result.finding(PhaseName.VLLM_BATCH).value.message


@pytest.mark.parametrize("name", ["tensor-zeroed", "merged-with-wrong-alpha", "adapter-ignored"])
def test_what_is_done_wrong_is_found_out_by_the_right_phase(target: Path, name: str) -> None:
    """The last of them: vLLM starts, answers with the base model, and says nothing."""
    result = prove_end_to_end.run(DEEDS[name], target, Job())
    assert result.found, result.failed
