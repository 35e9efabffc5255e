"""`doctor check` of interpreters that are none: one clear line, never a traceback or a hang."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from tests.cli.hostile import DOCTOR, assert_judged, assert_one_clear_line, check, run


@pytest.mark.parametrize(
    ("name", "script"),
    [
        ("garbage", "#!/bin/sh\necho '{]'\n"),
        ("binary garbage", "#!/bin/sh\nhead -c 100000 /dev/urandom\n"),
        ("endless garbage", "#!/bin/sh\nexec cat /dev/zero\n"),
        ("silent", "#!/bin/sh\nexit 0\n"),
        ("failing", "#!/bin/sh\necho broken >&2\nexit 127\n"),
        ("killed", "#!/bin/sh\nkill -SEGV $$\n"),
        pytest.param("hanging", "#!/bin/sh\nexec sleep 600\n", marks=pytest.mark.slow),
        pytest.param("keeping the pipe", "#!/bin/sh\nsleep 60 &\nexec sleep 600\n", marks=pytest.mark.slow),
    ],
)
def test_target_that_is_no_python(tmp_path, name, script):
    python = tmp_path / "python"
    python.write_text(script)
    python.chmod(0o755)
    start = time.monotonic()
    done = run([*DOCTOR, "check", "--python", python])
    assert_one_clear_line(done)
    assert str(python) in done.stderr
    assert time.monotonic() - start < 100  # that it ends at all; not how fast


def test_target_that_does_not_exist(tmp_path):
    assert_one_clear_line(run([*DOCTOR, "check", "--python", tmp_path / "none"]))


def test_target_that_cannot_be_executed(tmp_path):
    python = tmp_path / "python"
    python.write_text("not a program")
    assert_one_clear_line(run([*DOCTOR, "check", "--python", python]))


def test_target_that_links_to_itself(tmp_path):
    python = tmp_path / "python"
    python.symlink_to(python)
    assert_one_clear_line(run([*DOCTOR, "check", "--python", python]))


def test_target_with_control_characters_in_its_name(tmp_path):
    """Nothing that is examined may move a terminal's cursor or forge a line of the report."""
    done = run([*DOCTOR, "check", "--python", f"{tmp_path}/one\ntwo\x1b[31m\r"])
    assert done.returncode == 2
    assert all(line.startswith(("error: ", "hint: ")) for line in done.stderr.split("\n") if line)
    assert not set("\x1b\r") & set(done.stderr)


def test_target_whose_name_is_not_utf8(tmp_path):
    done = run([*DOCTOR, "check", "--python", os.fsencode(tmp_path) + b"/\xff\xfe"])
    assert_one_clear_line(done)


def test_target_whose_path_is_too_long(tmp_path):
    assert_one_clear_line(run([*DOCTOR, "check", "--python", f"{tmp_path}/{'x' * 300}/{'y' * 5000}"]))


def test_target_in_a_very_long_path(tmp_path):
    folder = tmp_path
    while len(str(folder)) < 3000:
        folder /= "d" * 200
    folder.mkdir(parents=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "env"], check=True)
    assert_judged(check(folder / "env"))
