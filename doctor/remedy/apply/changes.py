"""What is done to an environment, as a value."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from doctor.core.frozen import frozen
from doctor.core.install import requirement_of
from doctor.core.interpreter import Interpreter
from doctor.core.packages.distribution import Distribution
from doctor.remedy.apply.run_folder import RefusedError
from doctor.remedy.lock import Lock
from doctor.remedy.plan import Move
from doctor.remedy.resolve import Locked
from doctor.remedy.text import say_move


@frozen
class Changes:
    """What of the plan a program does: paths to delete, names to remove, distributions to install.

    `moved` are those of the installed distributions that go or come in another version, and
    `again` the names among them whose files are renewed in the same version.
    """

    leftovers: tuple[Path, ...]
    removed: tuple[str, ...]
    installed: tuple[Locked, ...]
    again: tuple[str, ...]
    moved: tuple[Distribution, ...]
    words: tuple[str, ...]
    label: str = ""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.leftovers or self.removed or self.installed)

    def requirements(self) -> str:
        """What is installed, in requirements format, with hashes."""
        return "".join(f"{line}\n" for item in self.installed for line in item.lines)


def changes_of(lock: Lock, distributions: Iterable[Distribution], interpreter: Interpreter) -> Changes:
    """What takes an environment to a lock.

    Raises:
        RefusedError: a distribution that moves is not one that uv may change here.
    """
    there = {item.name: item for item in distributions if not item.shadowed}
    moves = {move.name: move for move in lock.moves}
    for name, move in moves.items():
        if name in there:
            _require_own(there[name], move, interpreter)
    return Changes(
        leftovers=tuple(Path(path) for path, _ in lock.plan.leftovers),
        removed=tuple(name for name, move in moves.items() if move.before and not move.after),
        installed=tuple(item for item in lock.resolution.locked if item.name in moves),
        again=lock.again,
        moved=tuple(there[name] for name in moves if name in there),
        words=tuple(say_move(move) for move in lock.moves),
        label=lock.resolution.label,
    )


def _require_own(item: Distribution, move: Move, interpreter: Interpreter) -> None:
    who = {"conda": "conda", "system": "the operating system's package manager"}.get(item.origin)
    if who:
        raise RefusedError(
            f"{item.name} {item.version} was installed by {who}, whose files doctor does not change",
            hint=f"change it with {who}, or make a virtual environment for the stack",
        )
    folder = str(Path(item.path).parent)
    if _is_in(folder, interpreter.site_packages):
        return
    hides = [*interpreter.python_path, interpreter.user_site]
    if not move.after or move.before == move.after or _is_in(folder, hides):
        raise RefusedError(
            f"{item.name} {item.version} lies in {folder}, which is not of this environment",
            hint="change it where it is, or make a virtual environment that does not look there",
        )


def _is_in(folder: str, folders: Iterable[str]) -> bool:
    real = Path(folder).resolve()
    return any(Path(other).resolve() == real for other in folders)


def list_installed(distributions: Iterable[Distribution], interpreter: Interpreter) -> str:
    """What is installed, in requirements format, for a person who wants it back later."""
    lines = [f"# What {interpreter.executable} had installed before `doctor fix --apply` changed it."]
    for item in sorted(distributions, key=lambda item: item.name):
        if item.origin == "editable":
            lines.append(f"# {item.name} {item.version}: in editable mode from {item.origin_detail}")
        elif not item.shadowed:
            lines.append(requirement_of(item))
    return "\n".join(lines) + "\n"
