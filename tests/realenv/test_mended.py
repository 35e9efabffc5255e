"""What `doctor fix` mended is loaded by the real transformers, PEFT and vLLM, and answers as the sound one does.

`DOCTOR_REALENV=sample` takes one folder of each kind of mend, `all` every one that can be mended.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.broken_adapters import CASES
from tests.defects import DEFECTS
from tests.defects.measured import NOT_LOADED
from tests.models import llama
from tests.realenv import adapter_readings
from tests.realenv.environments import cpu_python
from tests.realenv.loading import Answer, load
from tests.remedy.model.test_mends import MENDED_ALONE, MENDED_FROM_BASE

EVERY = os.environ.get("DOCTOR_REALENV") == "all"
pytestmark = [
    pytest.mark.realenv,
    pytest.mark.skipif(
        os.environ.get("DOCTOR_REALENV") not in ("sample", "all"), reason="set DOCTOR_REALENV to sample or all"
    ),
]

OF_EACH_KIND = ("M101", "M112", "M141", "M143f", "M144", "M164", "M200", "M204", "M215")
"""A config from the base, architectures, an index from headers, one set aside, quantization_config, tokenizer files."""

MODELS = [
    number
    for number in (*MENDED_ALONE, *MENDED_FROM_BASE)
    if number not in NOT_LOADED and (EVERY or number in OF_EACH_KIND)
]
ADAPTERS_OF_EACH_KIND = ("rank-missing", "targets-missing", "prefix-missing", "method-missing", "base-gone")
MORE_ADAPTERS = (
    *("rank-zero", "rank-negative", "rank-a-text", "rank-null", "targets-null", "prefix-of-a-wrapper"),
    *("prefix-of-newer-wrapper", "prefix-doubled", "inner-model-missing", "prefix-of-compile"),
    *("adapter-name-in-keys", "base-null", "base-in-4-bit"),
)
ADAPTERS = ADAPTERS_OF_EACH_KIND + (MORE_ADAPTERS if EVERY else ())


def fix(*options: str | Path) -> str:
    """Mend as a user does; what it said. Exit code 0: no error is left."""
    command = [sys.executable, "-m", "doctor", "fix", "--python", cpu_python(), *options, "--apply", "--yes"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.stdout, done.stderr)
    return done.stdout


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return llama(real=True).write(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def answers(base: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Answer]:
    root = tmp_path_factory.mktemp("models")
    folders = {"": base}
    for number in MODELS:
        folders[number] = DEFECTS[number].write(root / number, real=True)
        from_base = ("--base", base) if number in MENDED_FROM_BASE else ()
        fix("--model", folders[number], *from_base)
    return dict(load(folders, tmp_path_factory.mktemp("scratch")))


@pytest.mark.parametrize("number", MODELS)
def test_a_mended_model_answers_as_the_sound_one(number: str, answers: dict[str, Answer]):
    found, sound = answers[number], answers[""]
    assert found.vllm == sound.vllm
    assert found.huggingface == sound.huggingface
    assert found.tokenizer == sound.tokenizer
    assert found.chat == sound.chat


@pytest.fixture(scope="module")
def readings(base: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    root = tmp_path_factory.mktemp("adapters")
    (root / "base").symlink_to(base)
    for name in ("good", *ADAPTERS):
        (case,) = [case for case in CASES if case.name == name]
        folder = case.build().write(root / "adapters" / name)
        if name != "good":
            fix("--adapter", folder, "--base", base)
    found = {}
    for library in ("peft", "vllm"):
        out = root / f"{library}.json"
        command = [cpu_python(), adapter_readings.__file__, library, str(root), str(out)]
        environ = {**os.environ, "HF_HUB_OFFLINE": "1"}
        done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=1200, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        found[library] = json.loads(out.read_text())
    return found


@pytest.mark.parametrize("name", ADAPTERS)
@pytest.mark.parametrize("library", ["peft", "vllm"])
def test_a_mended_adapter_answers_as_the_sound_one(library: str, name: str, readings: dict[str, dict[str, object]]):
    assert readings[library][name] == pytest.approx(readings[library]["good"], abs=1e-3)
    assert readings[library][name] != pytest.approx(readings[library][""], abs=1e-2)
