"""A run that is interrupted leaves no probe behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.processes import is_gone

PROGRAM = """
import os, sys, time
from pathlib import Path
from doctor.cli.ending import Ending
from doctor.core.interpreter import PLATFORM
from doctor.core.target import Probe, Target
from doctor.engine.guard import run_probes
from tests.facts import interpreter

def hang(target):
    note = Path(sys.argv[1] + ".new")
    note.write_text(str(os.getpid()))
    note.replace(sys.argv[1])
    time.sleep(60)
    return []

Ending().listen()
run_probes([Probe(name="slow", keys=(PLATFORM,), find=hang, deadline=60)], Target(interpreter=interpreter()))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_children_end_with_the_run(tmp_path: Path, number):
    note = tmp_path / "pid"
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, note], stderr=subprocess.DEVNULL)
    while not note.exists() and process.poll() is None:
        time.sleep(0.01)
    child = int(note.read_text())
    process.send_signal(number)
    process.wait(timeout=30)
    assert is_gone(child)
