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


def reinstall(
    interpreter: Interpreter, distributions: Iterable[Distribution], *broken: Distribution
) -> tuple[str, ...]:
    """The command that installs distributions again, as they are, without their requirements."""
    wanted = [requirement_of(item) for item in broken]
    return install(interpreter, distributions, "--force-reinstall", "--no-deps", *wanted)


def requirement_of(item: Distribution) -> str:
    """The requirement that means exactly an installed distribution."""
    if item.origin in ("url", "vcs", "local") and item.origin_detail:
        return f"{item.name} @ {item.origin_detail}"
    return f"{item.name}=={item.version}" if item.version else item.name


def uninstall(interpreter: Interpreter, distributions: Iterable[Distribution], *names: str) -> tuple[str, ...]:
    """The command that removes the distributions `names` from an environment."""
    command = _installer(interpreter, distributions, "uninstall")
    agree = () if command[0] == "uv" else ("--yes",)
    return (*command, *agree, *names)


def _installer(interpreter: Interpreter, distributions: Iterable[Distribution], verb: str) -> tuple[str, ...]:
    if any(item.name == "pip" for item in distributions):
        return (interpreter.executable, "-m", "pip", verb)
    return ("uv", "pip", verb, "--python", interpreter.executable)
