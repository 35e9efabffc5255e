"""Which interpreter is examined when the user names none, and why."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from doctor.core.errors import TargetError
from doctor.core.frozen import frozen

STACK = ("vllm", "torch", "transformers", "peft", "unsloth")
"""An environment that holds one of these is one that a user wants to have examined."""


@frozen
class Choice:
    """An interpreter and the reason why it is the one."""

    python: Path
    why: str


def choose(named: str | None, environ: Mapping[str, str]) -> Choice:
    """Choose the interpreter to examine.

    `named` is an interpreter's path, a command on PATH, or the folder of an environment. Without
    it the order is: the environment that doctor is installed in, where that holds the stack;
    the active virtual environment; the active conda environment; the first python on PATH; the
    interpreter that runs doctor.

    Raises:
        TargetError: what was named is not there, or the Python of the active environment is gone.
    """
    if named is not None:
        return Choice(python=_named(named), why="given with --python")
    if _holds_the_stack():
        return Choice(python=Path(sys.executable), why="the environment that doctor is installed in")
    for variable, what in (("VIRTUAL_ENV", "virtual"), ("CONDA_PREFIX", "conda")):
        python = _python_of(Path(environ.get(variable) or "/nonexistent"))
        if python is not None:
            return Choice(python=python, why=f"the active {what} environment")
    for command in ("python3", "python"):
        found = _on_path(command, environ.get("PATH"))
        if found and Path(found).parent != Path(sys.executable).parent:
            return Choice(python=Path(found), why=f"the first {command} on PATH")
    return Choice(python=Path(sys.executable), why="the interpreter that runs doctor")


def _holds_the_stack() -> bool:
    # find_spec of a top-level name looks for it and imports nothing.
    specs = [importlib.util.find_spec(name) for name in STACK]
    return any(spec is not None and spec.origin for spec in specs)


def _named(name: str) -> Path:
    if not name:
        raise TargetError("--python is empty", hint="give a python executable, or leave the option out")
    try:
        path = Path(name).expanduser()
        if path.is_dir():
            python = _python_of(path)
            if python is None:
                raise TargetError(f"{name} is a folder without bin/python", hint="give a python executable")
            return python.absolute()
        _require_start(path)
        found = None if path.exists() or "/" in name else _on_path(name)
    except (OSError, ValueError, RuntimeError) as error:
        # A name that is too long, a loop of links, a folder that may not be entered, an unknown ~user.
        raise TargetError(f"{name[:200]} cannot be looked at: {getattr(error, 'strerror', None) or error}") from error
    return Path(found) if found else path.absolute()


def _on_path(command: str, path: str | None = None) -> str | None:
    import shutil  # late, with what it imports: most interpreters are named by their path

    return shutil.which(command, path=path)


def _python_of(prefix: Path) -> Path | None:
    """The interpreter of an environment's folder, or None for a folder without one; see `_require_start`."""
    python = prefix / "bin" / "python"
    _require_start(python)
    return python if python.exists() else None


def _require_start(python: Path) -> None:
    """Demand that an interpreter, if there is one, is no link to what is not there any more.

    Raises:
        TargetError: it is one.
    """
    if python.exists() or not python.is_symlink():
        return
    # To its end: bin/python is often a link to python3 beside it.
    leads_to = os.path.realpath(python)
    raise TargetError(
        f"{python} leads to {leads_to}, which is not there: the Python that this environment was made from was removed",
        hint="make the environment again (`python3 -m venv --clear` or `uv venv --clear`, then what was installed), "
        "or put that Python back",
    )
