"""The process that removes a scratch folder when its owner is gone, however the owner went.

A script of its own (``python -I -S -c JANITOR FOLDER``) that imports the standard library only.
Its standard input is a pipe whose other end the owner holds: the end of that pipe is the owner's
end, by its will, by Ctrl-C, or by SIGKILL. Lines on it: ``watch N`` and ``release N`` name process
groups that must not outlive the owner.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ATTEMPTS = 20
"""A group that was just killed may still write for a moment; removing is tried again."""


def main(folder: str) -> None:
    """Wait for the owner's end, kill what it started, and remove the folder."""
    groups: set[int] = set()
    for line in sys.stdin:
        verb, _, number = line.partition(" ")
        if verb == "watch":
            groups.add(int(number))
        elif verb == "release":
            groups.discard(int(number))
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    kill_strays(folder)
    for _ in range(ATTEMPTS):
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.lexists(folder):
            return
        time.sleep(0.1)
    sys.exit(1)


def kill_strays(folder: str) -> None:
    """Kill what left its process group but still works for `folder`: a daemon, or a worker with a session of its own.

    The folder's name is new and random, so that a process that has it in its variables, works in it or writes
    its output there is one of this run. Looked for again until there is none: what is found may be starting another.
    """
    for _ in range(ATTEMPTS):
        found = [*_strays(folder)]
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        if not found:
            return
        time.sleep(0.01)


def _strays(folder: str) -> Iterator[int]:
    with contextlib.suppress(OSError):  # a system without /proc
        for process in Path("/proc").iterdir():
            with contextlib.suppress(OSError):  # another user's, or it has ended meanwhile
                if process.name.isdecimal() and int(process.name) != os.getpid() and _works_for(process, folder):
                    yield int(process.name)


def _works_for(process: Path, folder: str) -> bool:
    # Its output is what tells a child that has not come to its exec yet: the variables are still its parent's.
    places = [process / "cwd", process / "fd" / "1", process / "fd" / "2"]
    return any(_is_inside(place, folder) for place in places) or (
        os.fsencode(folder) in (process / "environ").read_bytes()
    )


def _is_inside(place: Path, folder: str) -> bool:
    with contextlib.suppress(FileNotFoundError):  # closed
        return f"{place.readlink()}/".startswith(f"{folder}/")
    return False


if __name__ == "__main__":
    main(sys.argv[1])
