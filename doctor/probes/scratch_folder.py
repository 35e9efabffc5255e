"""A scratch folder that does not outlive the process that made it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

from doctor.probes.janitor import kill_strays
from doctor.probes.temporary import temporary_folder

PREFIX = "doctor-"


class ScratchFolder:
    """A new folder below `parent` (the temporary folder by default), removed on the way out.

    A second process does the removing, so that nothing is left behind even when this one is
    killed; it also kills the process groups that were given to `watch`, and what has the folder in
    its variables or works in it.

    Raises:
        OSError: the folder cannot be made (no space, read-only, no permission).
    """

    def __init__(self, parent: Path | None = None) -> None:
        self.path = (parent or temporary_folder(os.environ)).resolve() / f"{PREFIX}{os.urandom(8).hex()}"
        # Before the folder is there: whenever the end comes after that, somebody is there to remove it.
        # A session of its own: a terminal's Ctrl-C and hang-up are not for it.
        self._janitor = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _script(), os.fspath(self.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )
        try:
            self.path.mkdir(mode=0o700)
        except BaseException:
            self.__exit__()
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

    def end(self, process: subprocess.Popen[bytes]) -> int:
        """Kill a process that leads its own group, with all that it started; return its exit status.

        The group is killed before its leader is reaped, while its number cannot have come again.
        """
        status = _kill_group(process) if process.returncode is None else process.returncode
        kill_strays(os.fspath(self.path))
        return status

    def _tell(self, line: str) -> None:
        assert self._janitor.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._janitor.stdin.write(line.encode())
            self._janitor.stdin.flush()


def _kill_group(process: subprocess.Popen[bytes]) -> int:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    return process.wait()


def _script() -> str:
    """The text of the janitor: where doctor is one zip file, there is no file that could be started."""
    import pkgutil

    content = pkgutil.get_data("doctor.probes", "janitor.py")
    assert content is not None
    return content.decode()
