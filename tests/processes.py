"""Looking after processes that a test has started."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import time
from collections.abc import Iterator
from glob import glob
from pathlib import Path
from typing import Any

MEASURING = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
"""What makes coverage measure a child: to be passed on to a doctor that is given an environment of its own."""

UNMEASURED = {name: value for name, value in os.environ.items() if name not in MEASURING}
"""What is passed on to a child that has no room for coverage: it writes files, takes memory and imports of its own."""

PATIENCE = 30
"""Seconds within which something has to happen, on a busy machine too."""


NOBODY = 65534
"""The user that owns nothing."""


def is_gone(pid: int) -> bool:
    """Whether a process has ended, waited for half a minute; one that nobody has reaped yet has."""
    ends_at = time.monotonic() + PATIENCE
    while time.monotonic() < ends_at:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.01)
    return False


def is_removed(pattern: Path) -> bool:
    """Whether nothing fits a pattern any more, waited for half a minute."""
    ends_at = time.monotonic() + PATIENCE
    while glob(str(pattern)) and time.monotonic() < ends_at:
        time.sleep(0.01)
    return not glob(str(pattern))


@contextlib.contextmanager
def started(command: list[Any], *, limit: int | None = None, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A process that is killed on the way out; `limit` are the bytes that a file of its may have.

    Where the tests run in the background, a shell has them ignore Ctrl-C: this process does not.
    """

    def prepare() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(command, text=True, preexec_fn=prepare, **{**streams, **options})
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    """Wait until a process has written a file."""
    ends_at = time.monotonic() + 4 * PATIENCE
    while not (path.exists() and path.read_bytes()):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < ends_at, f"{path} is not written"
        time.sleep(0.01)


@contextlib.contextmanager
def no_room() -> Iterator[None]:
    """A limit of this process stands in for a full disk: no file may grow, and links are still made."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """Be another user than root for a while."""
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)
