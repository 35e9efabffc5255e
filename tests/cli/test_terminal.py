"""What a real terminal gets, through a pseudo-terminal."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import termios
import time
from collections.abc import Callable

import pytest

from tests.cli.conftest import Save

Session = Callable[..., str]


@pytest.fixture
def session(environ: dict[str, str]) -> Session:
    """Run doctor with all three streams on a terminal of the given width, and return what it shows."""

    def run(*arguments: object, columns: int = 80, **changes: str) -> str:
        ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (40, columns)) if hasattr(termios, "tcsetwinsize") else None
        process = subprocess.Popen(
            [sys.executable, "-m", "doctor", *map(str, arguments)],
            env={**environ, "TERM": "xterm", **changes},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        shown = read_all(ours)
        process.wait(timeout=60)
        os.close(ours)
        return shown.decode().replace("\r\n", "\n")

    return run


def read_all(terminal: int) -> bytes:
    shown = b""
    ends_at = time.monotonic() + 60
    while time.monotonic() < ends_at:
        if select.select([terminal], [], [], 1)[0]:
            try:
                chunk = os.read(terminal, 65536)
            except OSError:  # Linux: EIO when the last process has closed the terminal
                return shown
            if not chunk:
                return shown
            shown += chunk
    raise TimeoutError("the terminal was not closed")


def test_colours_on_a_terminal(session: Session, save: Save):
    path = save("busy")
    assert "\x1b[1;31m" in session("check", "--snapshot", path)
    for plain in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert "\x1b" not in session("check", "--snapshot", path, **plain)
    assert "\x1b" not in session("check", "--snapshot", path, "--no-color")


def test_a_line_of_progress_comes_and_goes(session: Session):
    shown = session("check", "--python", sys.executable, "--select", "PKG001")
    before, gone, after = shown.partition("\r\x1b[K")
    assert before == f"Examining {sys.executable} ..."[:79]
    assert gone
    assert after.lstrip("\x1b[0123456789m").startswith("doctor ")


@pytest.mark.parametrize("arguments", [("-q",), ("--color", "-q")])
def test_quiet_shows_no_progress(session: Session, arguments):
    assert "Examining" not in session("check", "--python", sys.executable, "--select", "PKG001", *arguments)


def test_json_on_a_terminal_is_plain(session: Session, save: Save):
    assert session("check", "--snapshot", save("busy"), "--format", "json").startswith("{\n")


@pytest.mark.skipif(not hasattr(termios, "tcsetwinsize"), reason="setting the size needs Python 3.11")
@pytest.mark.parametrize("columns", [40, 80, 200])
def test_prose_fits_the_terminal(session: Session, save: Save, columns):
    shown = re.sub(r"\x1b\[[0-9;]*m", "", session("explain", "PKG001", columns=columns))
    assert max(len(line) for line in shown.splitlines() if "http" not in line) <= min(columns, 100)
    assert any(len(line) > min(columns, 100) * 0.8 for line in shown.splitlines())
