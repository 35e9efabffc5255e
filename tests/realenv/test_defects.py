"""What the real transformers and vLLM do with the broken folders, beside what doctor says of them.

`DOCTOR_REALENV=sample` loads some of them in two minutes, `DOCTOR_REALENV=all` every folder. Neither runs by
default: what is served from memory that nothing has initialised is now wrong and now, where a sound
model lay there before, right.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.defects import DEFECTS, Defect, Served
from tests.realenv.environments import cpu_python
from tests.realenv.loading import Answer, load

pytestmark = [
    pytest.mark.realenv,
    pytest.mark.skipif(
        os.environ.get("DOCTOR_REALENV") not in ("sample", "all"),
        reason="what uninitialised memory serves is not the same twice: set DOCTOR_REALENV to sample or all",
    ),
]

NOT_LOADED = ("M138", "M223")
"""A pickle of tensors, which the standard library cannot write, and a config that stands for 7 billion parameters."""

ANOTHER_MODEL = ("M002", "M180", "M180b", "M181", "M182")
"""Good folders of other models: their tokens are right and not those of the good one."""

SAMPLE = ("M000", "M001", "M112", "M121", "M143", "M146", "M147", "M157", "M164", "M169", "M187", "M203c", "M207")


def chosen() -> list[str]:
    everything = os.environ.get("DOCTOR_REALENV") == "all"
    return [number for number in (DEFECTS if everything else SAMPLE) if number not in NOT_LOADED]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("folders")
    return {number: DEFECTS[number].write(root / number, real=True) for number in chosen()}


@pytest.fixture(scope="module")
def answers(folders: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answer]:
    scratch = tmp_path_factory.mktemp("scratch")
    found = {}
    for number, answer in load(folders, scratch):
        found[number] = answer
        record = os.environ.get("DOCTOR_REALENV_RECORD")
        if record:
            with Path(record).open("a") as file:
                print(number, DEFECTS[number].title, answer, sep="\t", file=file)
    return found


def served(defect: Defect, answer: Answer, good: Answer) -> Served:
    if answer.vllm.error:
        return Served.REFUSED
    if answer.vllm.tokens != good.vllm.tokens and defect.number not in ANOTHER_MODEL:
        return Served.WRONG
    return Served.CHAT if answer.chat.error or answer.chat.tokens != good.chat.tokens else Served.RIGHT


@pytest.mark.parametrize("number", chosen())
def test_vllm_does_what_the_table_says(number: str, answers: dict[str, Answer]):
    defect = DEFECTS[number]
    assert served(defect, answers[number], answers["M000"]) is defect.served, answers[number]


@pytest.mark.parametrize("number", chosen())
def test_what_fails_in_either_library_is_an_error_of_doctor(
    number: str, folders: dict[str, Path], answers: dict[str, Answer]
):
    """And what works in both is none."""
    answer, good = answers[number], answers["M000"]
    report = check(folders[number], deep=DEFECTS[number].deep)
    errors = {
        outcome["code"]
        for outcome in report["outcomes"]
        for problem in outcome["problems"]
        if problem["severity"] == "error"
    }
    what = served(DEFECTS[number], answer, good)
    refused = bool(answer.huggingface.error or answer.tokenizer.error)
    if what in (Served.REFUSED, Served.WRONG) or refused:
        assert errors, answer
    assert set(DEFECTS[number].errors) <= errors
    if not DEFECTS[number].errors:
        assert not errors


def check(folder: Path, *, deep: bool) -> dict[str, object]:
    command = [sys.executable, "-m", "doctor", "check", "--python", cpu_python(), "--model", folder]
    command += ["--select", "MODEL", "--format", "json", *(["--deep"] if deep else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1, 3), done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found
