"""Which environments doctor does not change, said before anything is looked up or written."""

from __future__ import annotations

import os
from pathlib import Path

from doctor.core.interpreter import Interpreter
from doctor.remedy.apply.run_folder import RefusedError, base_of


def require_changeable(interpreter: Interpreter) -> None:
    """Demand an environment that may be changed and can be put back.

    Raises:
        RefusedError: the operating system owns it, or it cannot be written.
    """
    if interpreter.system_managed:
        raise RefusedError(
            f"{interpreter.executable} is managed by the operating system (EXTERNALLY-MANAGED, PEP 668)",
            hint="make a virtual environment for the stack, and name its interpreter with --python",
        )
    needed = {*interpreter.site_packages, interpreter.scripts, str(base_of(interpreter))}
    closed = sorted(path for path in needed if Path(path).exists() and not os.access(path, os.W_OK | os.X_OK))
    if closed:
        why = "is read-only" if _is_read_only(closed[0]) else "cannot be written by this user"
        raise RefusedError(
            f"the environment {why}: {closed[0]}",
            hint="run doctor as the user that owns it, or write a lock file with --lockfile and build it anew",
        )


def _is_read_only(path: str) -> bool:
    return bool(os.statvfs(path).f_flag & os.ST_RDONLY)
