"""Scratch folders with real children, and owners that are really killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from doctor.probes.scratch_folder import ScratchFolder

OWNER = """
import sys, time
from pathlib import Path
from doctor.probes.scratch_folder import ScratchFolder

ScratchFolder(Path(sys.argv[1]))
time.sleep(600)
"""


def start(code, **changes):
    """A child in a session of its own, which nobody watches."""
    command = [sys.executable, "-I", "-S", "-c", code]
    return subprocess.Popen(command, start_new_session=True, **({"cwd": "/", "env": {}} | changes))


@pytest.mark.parametrize("sign", ["cwd", "env", "stdout", "stderr"])
def test_what_works_for_the_folder_does_not_outlive_it(tmp_path, sign):
    with ScratchFolder(tmp_path) as scratch:
        signs = {
            "cwd": scratch.path,
            "env": {"TMPDIR": str(scratch.path)},
            "stdout": (scratch.path / "log").open("wb"),
            "stderr": (scratch.path / "log").open("wb"),
        }
        child = start("import time; time.sleep(600)", **{sign: signs[sign]})
    try:
        assert child.wait(timeout=30) == -signal.SIGKILL
        assert not scratch.path.exists()
    finally:
        child.kill()


def test_a_stranger_is_left_alone(tmp_path):
    with ScratchFolder(tmp_path) as scratch, (tmp_path / "log").open("wb") as log:
        child = start("input()", cwd=tmp_path, stdin=subprocess.PIPE, stdout=log, env={"A": str(tmp_path)})
        assert scratch.path.exists()
    assert not scratch.path.exists()
    child.communicate(b"go on\n", timeout=30)
    assert child.returncode == 0


def test_a_folder_that_cannot_be_made_leaves_no_process(tmp_path):
    (tmp_path / "file").touch()
    before = children_of(os.getpid())
    with pytest.raises(NotADirectoryError):
        ScratchFolder(tmp_path / "file")
    assert children_of(os.getpid()) == before


@pytest.mark.parametrize("moment", [0, 0.002, 0.005, 0.01, 0.02, 0.05])
def test_an_owner_killed_around_the_making_leaves_nothing(tmp_path, moment):
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(tmp_path)])
    while not children_of(owner.pid) and not list(tmp_path.iterdir()):
        assert owner.poll() is None
    time.sleep(moment)
    owner.kill()
    owner.wait()
    for _ in range(300):
        if not list(tmp_path.iterdir()) and not list(janitors(tmp_path)):
            return
        time.sleep(0.05)
    pytest.fail(f"left behind: {list(tmp_path.iterdir())}, {list(janitors(tmp_path))}")


def children_of(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return file.read().split()


def janitors(parent):
    """The processes whose arguments name a folder below `parent`."""
    for name in os.listdir("/proc"):
        if name.isdecimal() and int(name) != os.getpid():
            try:
                with open(f"/proc/{name}/cmdline", "rb") as file:
                    if f"{parent}/doctor-".encode() in file.read():
                        yield int(name)
            except OSError:
                continue
