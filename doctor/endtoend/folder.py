"""A scratch folder that does not outlive the process that made it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

JANITOR = Path(__file__).with_name("janitor.py")
PREFIX = "doctor-"


class ScratchFolder:
    """A new folder below `parent` (the temporary folder by default), removed on the way out.

    A second process does the removing, so that nothing is left behind even when this one is
    killed; it also kills the process groups that were given to `watch`.

    Raises:
        OSError: the folder cannot be made (no space, read-only, no permission).
    """

    def __init__(self, parent: Path | None = None) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent)).resolve()
        try:
            # A session of its own: a terminal's Ctrl-C and hang-up are not for it.
            self._janitor = subprocess.Popen(
                [sys.executable, "-I", "-S", os.fspath(JANITOR), os.fspath(self.path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                cwd="/",
            )
        except BaseException:
            self.path.rmdir()
            raise

    def __enter__(self) -> ScratchFolder:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._janitor.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._janitor.stdin.close()
        self._janitor.wait()

    def watch(self, group: int) -> None:
        """Have a process group killed should this process end before `release`."""
        self._tell(f"watch {group}\n")

    def release(self, group: int) -> None:
        """Take a process group off: it has ended, and its number may come again."""
        self._tell(f"release {group}\n")

    def _tell(self, line: str) -> None:
        assert self._janitor.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._janitor.stdin.write(line.encode())
            self._janitor.stdin.flush()


def kill_group(process: subprocess.Popen[bytes]) -> int:
    """Kill a process that leads its own group, with all that it started; return its exit status.

    The group is killed before its leader is reaped, while its number cannot have come again.
    """
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    return process.wait()
