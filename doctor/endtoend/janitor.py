"""The process that removes a scratch folder when its owner is gone, however the owner went.

A script of its own (``python -I -S janitor.py FOLDER``) that imports the standard library only.
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
    for _ in range(ATTEMPTS):
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.lexists(folder):
            return
        time.sleep(0.1)
    sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1])
