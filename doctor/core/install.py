"""Commands that change an environment, in the form that works for the given one."""

from __future__ import annotations

from collections.abc import Iterable

from doctor.core.distribution import Distribution
from doctor.core.interpreter import Interpreter


def install(interpreter: Interpreter, distributions: Iterable[Distribution], *arguments: str) -> tuple[str, ...]:
    """The command that installs `arguments` (requirements and options) into an environment.

    Environments made by uv hold no pip; for them it is `uv pip install --python`.
    """
    return (*_installer(interpreter, distributions, "install"), *arguments)


def uninstall(interpreter: Interpreter, distributions: Iterable[Distribution], *names: str) -> tuple[str, ...]:
    """The command that removes the distributions `names` from an environment."""
    command = _installer(interpreter, distributions, "uninstall")
    agree = () if command[0] == "uv" else ("--yes",)
    return (*command, *agree, *names)


def _installer(interpreter: Interpreter, distributions: Iterable[Distribution], verb: str) -> tuple[str, ...]:
    if any(item.name == "pip" for item in distributions):
        return (interpreter.executable, "-m", "pip", verb)
    return ("uv", "pip", verb, "--python", interpreter.executable)
