"""A signal ends the program with its code, whatever Python makes of the exception."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

LOST = {
    "wrapped": """
class Named:
    def __set_name__(self, owner, name):
        os.kill(os.getpid(), NUMBER)

class Owner:
    named = Named()
""",
    "dropped": """
class Finalised:
    def __del__(self):
        os.kill(os.getpid(), NUMBER)

Finalised()
""",
    "taken for a failure": """
try:
    os.kill(os.getpid(), NUMBER)
except BaseException:
    raise ValueError
""",
}
PROGRAM = """
import os, signal, sys
sys.argv = ["doctor", "--version"]
NUMBER = signal.Signals(int({number}))
from doctor.cli import main

def load():
    exec({code!r}, globals())
    from doctor.cli.app import app
    return app

main(load)
"""


def run(code: str, number: int, **options) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PROGRAM.format(code=code, number=int(number))]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("code", LOST.values(), ids=LOST)
def test_an_exception_that_does_not_arrive(code, number):
    done = run(code, number, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    assert (done.returncode, done.stderr) == (128 + number, "")


def test_one_that_the_parent_has_had_ignored_is_ignored():
    done = run("os.kill(os.getpid(), NUMBER)", signal.SIGINT, preexec_fn=ignore)
    assert (done.returncode, done.stderr) == (0, "")


def ignore() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
