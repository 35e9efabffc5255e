"""Which interpreter the commands of an environment start: each names one in its first line."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from doctor.core.interpreter import Interpreter
from doctor.core.packages.distribution import Command
from doctor.core.packages.names import COMMANDS
from doctor.probes.packages.folders import printable
from doctor.probes.regular_file import open_regular

_HEAD = 4096
"""Bytes at the beginning of a command that are read: no path is longer (PATH_MAX of Linux)."""

# The first line itself; or, where the path is too long for the kernel or holds blanks, a shell that starts Python
# (https://github.com/pypa/distlib, distlib/scripts.py). A line that asks env, or that finds the folder of the
# command when it is started (uv venv --relocatable), names no path.
_SHEBANG = re.compile(rb"#!\s*(/[^\s]*python[\d.]*t?)\s*(?:\n|\r| -)")
_BY_SHELL = re.compile(rb"#!\s*/\S*sh\n'''exec' (?:\"(/[^\"$\n]+)\"|(/[^\s\"'$]+)) ")


def find_commands(interpreter: Interpreter) -> Iterator[Command]:
    """Yield the commands of the stack that name an interpreter.

    What cannot be read names none: that is for the rules of files to tell.
    """
    for name in COMMANDS:
        path = f"{interpreter.scripts}/{name}"
        python = _python_of(path)
        if python:
            yield Command(name=name, path=printable(path), python=printable(python), place=_place(python, interpreter))


def _python_of(path: str) -> str:
    try:
        with os.fdopen(open_regular(path), "rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return ""
    match = _SHEBANG.match(head) or _BY_SHELL.match(head)
    return os.fsdecode(next(group for group in match.groups() if group)) if match else ""


def _place(python: str, interpreter: Interpreter) -> str:
    if not Path(python).exists():
        return "missing"
    return "here" if _identity(python) == _identity(interpreter.executable) else "elsewhere"


def _identity(python: str) -> tuple[str, str]:
    """What tells interpreters apart: the file that a path leads to, and the virtual environment that it lies in.

    The links of all environments that were made from one Python lead to one file.
    """
    home = Path(python).parent.parent
    return os.path.realpath(python), os.path.realpath(home) if (home / "pyvenv.cfg").exists() else ""
