"""`doctor check` runs nothing of what it examines, reaches no network, and writes nowhere."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.security.environments import Trap, lay_trap

ROOT = Path(__file__).parents[2]
JUDGED = (0, 1, 3)
STARTS = ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "pty.spawn")
CHANGES = ("os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "os.link", "os.truncate", "os.chmod")
CHANGES = (*CHANGES, "os.chown", "os.utime", "os.setxattr", "os.removexattr", "os.putenv", "shutil.", "tempfile.")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


@pytest.fixture(scope="module")
def trap(tmp_path_factory) -> Trap:
    return lay_trap(tmp_path_factory.mktemp("trap"))


@pytest.fixture(scope="module")
def environ(tmp_path_factory) -> dict[str, str]:
    """Without nvcc and pip on PATH, which are no part of the environment."""
    return {"PATH": "/nonexistent", "HOME": str(tmp_path_factory.mktemp("home")), "LANG": "C.UTF-8"}


def arguments(trap: Trap) -> list[str]:
    named = ["--model", str(trap.model), "--adapter", str(trap.adapter)]
    return ["check", "--python", str(trap.python), *named, "--deep", "--format", "json"]


def run(command: list[Any], environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode in JUDGED, done.stderr
    return done


@pytest.fixture(scope="module")
def checked(trap, environ, tmp_path_factory) -> subprocess.CompletedProcess[str]:
    """One run under the audit of all that it does."""
    log = tmp_path_factory.mktemp("log") / "audit"
    before = listing(trap.python.parents[2])
    done = run([sys.executable, "-B", "-m", "tests.security.audit", log, *arguments(trap)], environ)
    assert listing(trap.python.parents[2]) == before
    done.args = [json.loads(line) for line in log.read_text().splitlines()]
    return done


@pytest.fixture(scope="module")
def events(checked) -> list[tuple[str, list[Any]]]:
    return checked.args


def listing(folder: Path) -> dict[str, tuple[int, ...]]:
    """Every path with its kind, size and times of change; reading a file changes none of these."""
    found = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        found[str(path)] = (status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return found


def opened(events: list[tuple[str, list[Any]]], *, writing: bool = False) -> list[str]:
    files = [values for name, values in events if name == "open" and isinstance(values[0], str)]
    return [path for path, _, flags in files if not writing or (flags or 0) & WRITING]


def test_nothing_is_started_but_the_question_for_the_paths(events, trap):
    started = [values for name, values in events if name.startswith(STARTS)]
    assert [values[1][:5] for values in started] == [[str(trap.python), "-I", "-S", "-B", "-c"]]


def test_no_code_of_the_environment_has_run(checked, trap):
    assert not trap.mark.exists()
    subprocess.run([trap.python, "-c", ""], check=True)
    assert trap.mark.exists(), "the trap does work: a usual start runs it"
    trap.mark.unlink()


def test_no_library_of_the_environment_is_loaded(events, trap):
    loaded = [str(values[0]) for name, values in events if name == "ctypes.dlopen"]
    assert not [path for path in loaded if path.startswith(str(trap.python.parents[2]))]


def test_what_is_unpickled_are_the_answers_of_the_probes_and_no_file(events, trap):
    assert str(trap.model / "model.safetensors") in opened(events), "it did look at the folder"
    found = {".".join(values) for name, values in events if name == "pickle.find_class"}
    harmless = ("doctor.core.", "types.", "typing.", "_operator.", "builtins.tuple", "builtins.dict", "builtins.str")
    assert {name for name in found if not name.startswith(harmless)} <= {"builtins.Ellipsis", "builtins.int"}
    assert found


def test_nothing_outside_of_the_given_folders_is_read_through_links_or_an_index(events, checked, trap):
    inside = {os.path.realpath(path) for path in opened(events)}
    assert not [path for path in inside if path.startswith(str(trap.outside))]
    assert "TheSecret" not in checked.stdout + checked.stderr
    assert "is a link out of the folder" in checked.stdout


def test_nothing_is_written_moved_or_removed(events):
    assert set(opened(events, writing=True)) <= {"/dev/null"}
    assert not [(name, values) for name, values in events if name.startswith(CHANGES)]


def test_nothing_is_sent_and_no_name_is_asked_for(events):
    assert [(name, values) for name, values in events if name.startswith(("socket.", "urllib.", "http."))] == []


@pytest.mark.skipif(shutil.which("strace") is None, reason="there is no strace")
def test_the_kernel_sees_the_same(trap, environ, tmp_path):
    """Of compiled code, such as that of msgspec and NVML, Python's audit tells nothing."""
    log = tmp_path / "strace"
    calls = "execve,execveat,socket,connect,unlink,unlinkat,rename,renameat,renameat2,mkdir,mkdirat,link,linkat,openat"
    tracing = ["strace", "-f", "-qq", "-o", log, "-e", f"trace={calls}"]
    command = [*tracing, sys.executable, "-B", "-m", "doctor", *arguments(trap)]
    refused = subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], capture_output=True, text=True, check=False)
    if refused.returncode:
        pytest.skip(f"may not trace here: {refused.stderr.strip()}")
    run(command, {**environ, "PATH": os.environ["PATH"], "CUDA_HOME": "", "CUDA_PATH": ""})
    lines = [line.split(maxsplit=1)[1] for line in log.read_text(errors="replace").splitlines()]
    done = [line for line in lines if not line.startswith(("<", "+++", "---")) and not re.search(r"= -1 E", line)]
    started = [line for line in done if line.startswith("execve") and "nvcc" not in line]
    assert len(started) == 2, started
    assert not [line for line in done if line.startswith(("unlink", "rename", "mkdir", "link"))]
    assert not [line for line in done if line.startswith("socket") and "AF_INET" in line and "SOCK_STREAM" in line]
    written = [line for line in done if line.startswith("openat") and re.search(r"O_(WRONLY|RDWR|CREAT)", line)]
    assert all('"/dev/null"' in line for line in written), written


@pytest.mark.skipif(shutil.which("unshare") is None, reason="there is no unshare")
def test_without_a_network_the_report_is_the_same(trap, environ):
    refused = subprocess.run(["unshare", "-n", "true"], capture_output=True, text=True, check=False)
    if refused.returncode:
        pytest.skip(f"may not make a network of its own here: {refused.stderr.strip()}")
    command = [sys.executable, "-B", "-m", "doctor", *arguments(trap)]
    alone = run([shutil.which("unshare"), "-n", *command], environ)
    assert judged(alone.stdout) == judged(run(command, environ).stdout)


def judged(report: str) -> list[tuple[str, str, str]]:
    return [(item["code"], item["verdict"], str(item["problems"])) for item in json.loads(report)["outcomes"]]
