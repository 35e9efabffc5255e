"""Running `doctor check` where the world is against it, and what has to come of it."""

from __future__ import annotations

import os
import subprocess
import sys

DOCTOR = [sys.executable, "-m", "doctor"]


JUDGED = (0, 1, 3)


def check(environment, *options, variables=None, **keywords):
    """Run `doctor check` on an environment and return the finished process, its output as text."""
    command = [*DOCTOR, "check", "--python", environment / "bin" / "python", *options]
    return run(command, variables=variables, **keywords)


def run(command, *, variables=None, **keywords):
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **keywords}
    env = os.environ if variables is None else variables
    return subprocess.run(command, encoding="utf-8", errors="strict", env=env, timeout=120, check=False, **streams)


def assert_one_clear_line(done, code=2):
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1, done.stderr
    assert "Traceback" not in done.stderr


def assert_judged(done):
    assert done.returncode in JUDGED, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout
