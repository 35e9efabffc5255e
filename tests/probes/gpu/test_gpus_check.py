"""`doctor check` on a real environment with a real libnvidia-ml.so.1 underneath."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.nvml import VERSION_MISMATCH, fake_nvml, h100, rtx_4090

ROOT = Path(__file__).parents[3]
VERSION = "__version__ = '2.11.0+cu130'\ndebug = False\ncuda: str = '13.0'\ngit_version = 'f00'\nhip = None\n"
TARGETS = 'const char *arch_flags = "sm_75 sm_80 sm_86 sm_90 sm_100 sm_120";\n'


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment whose torch is a CUDA 13 build, as far as its files tell."""
    folder = tmp_path_factory.mktemp("env")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    (site,) = folder.glob("lib/python3.*/site-packages")
    (site / "torch/lib").mkdir(parents=True)
    (site / "torch/__init__.py").touch()
    (site / "torch/version.py").write_text(VERSION)
    (folder / "flags.c").write_text(TARGETS)
    library = site / "torch/lib/libtorch_python.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", str(library), str(folder / "flags.c")], check=True)
    (site / "torch-2.11.0.dist-info").mkdir()
    (site / "torch-2.11.0.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: torch\nVersion: 2.11.0\n")
    (site / "torch-2.11.0.dist-info/RECORD").write_text("torch/__init__.py,,\ntorch/version.py,,\n")
    return folder / "bin/python"


def check(python: Path, environ: dict[str, str]) -> tuple[int, dict[str, dict[str, Any]]]:
    """Return the exit code and the outcomes of the GPU rules by code."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CUDA_")}
    done = subprocess.run(
        [sys.executable, "-m", "doctor", "check", "--python", str(python), "--select", "GPU", "--format", "json"],
        cwd=ROOT,
        env={**clean, **environ},
        stdout=subprocess.PIPE,
        check=False,
        timeout=120,
    )
    return done.returncode, {outcome["code"]: outcome for outcome in json.loads(done.stdout)["outcomes"]}


def named(outcomes: dict[str, dict[str, Any]]) -> list[str]:
    return [code for code, outcome in outcomes.items() if outcome["verdict"] == "problem"]


def test_a_sound_machine_is_healthy(python: Path, tmp_path: Path) -> None:
    for devices in ([h100(), h100(1)], [rtx_4090()]):
        code, outcomes = check(python, fake_nvml(tmp_path, devices=devices, driver="580.95.05", cuda=13000))
        assert (code, named(outcomes)) == (0, [])
        assert [key for key, outcome in outcomes.items() if outcome["verdict"] == "unknown"] == []


def test_a_driver_that_is_too_old_is_named(python: Path, tmp_path: Path) -> None:
    code, outcomes = check(python, fake_nvml(tmp_path, devices=[h100()], driver="550.54.14", cuda=12040))
    assert (code, named(outcomes)) == (1, ["GPU001"])


def test_a_mismatch_of_library_and_module_is_named_and_nothing_is_healthy(python: Path, tmp_path: Path) -> None:
    faults = {"nvmlInitWithFlags": VERSION_MISMATCH}
    code, outcomes = check(python, fake_nvml(tmp_path, devices=[h100()], faults=faults))
    assert (code, named(outcomes)) == (1, ["GPU008"])
    assert [key for key, outcome in outcomes.items() if outcome["verdict"] == "healthy"] == []


def test_a_variable_that_hides_every_gpu_is_named(python: Path, tmp_path: Path) -> None:
    environ = fake_nvml(tmp_path, devices=[h100()], driver="580.95.05", cuda=13000)
    code, outcomes = check(python, {**environ, "CUDA_VISIBLE_DEVICES": "-1"})
    assert (code, named(outcomes)) == (1, ["GPU010"])
