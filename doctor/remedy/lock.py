"""The lock file: every pin with its hashes, and a header that says where they come from."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from pathlib import Path

from doctor import __version__
from doctor.core.frozen import frozen
from doctor.core.install import PYTORCH_INDEX
from doctor.core.interpreter import Interpreter
from doctor.core.packages.distribution import Distribution, SharedFile
from doctor.remedy.plan import Move, Plan
from doctor.remedy.request import FOREIGN, Request
from doctor.remedy.resolve import Locked, Resolution
from doctor.remedy.text import say_move, why_of


@frozen
class Lock:
    """A resolution together with the plan that asked for it, and the moves that come of it.

    `again` are the distributions whose files are installed anew in the version that is there.
    """

    plan: Plan
    resolution: Resolution
    moves: tuple[Move, ...]
    again: tuple[str, ...]
    apart: tuple[str, ...]
    interpreter: Interpreter
    has_pip: bool

    def text(self, file: Path, target: str) -> str:
        """The lock file in requirements format; the same for the same input.

        `file` is where it goes and `target` the interpreter, as the install command names them.
        """
        labelled = self.resolution.label
        index = [f"--extra-index-url {PYTORCH_INDEX}/{labelled}"] if labelled else []
        pins = [line for item in self.resolution.locked for line in item.lines]
        header = [f"# {line}".rstrip() for line in self._header(file, target)]
        return "\n".join([*header, *index, *pins]) + "\n"

    def _header(self, file: Path, target: str) -> list[str]:
        plan = self.plan
        what = f"{len(self.resolution.locked)} packages"
        python = f"Python {self.interpreter.minor}"
        lines = [f"Lock file made by `doctor fix` {__version__}: {what} for {python}, with hashes."]
        if plan.chosen is not None:
            lines.append(f"Known-good set: {plan.chosen.name} ({plan.why}).")
            runs = (f"{run.depth.value} on {run.date} ({run.host})" for run in plan.chosen.evidence)
            lines += [f"Evidence: {run}" for run in runs]
        lines += [
            "",
            *(["Changes:"] if self.moves else ["Changes: none."]),
            *(f"  {say_move(move)}" for move in self.moves),
        ]
        lines += [f"  {name} is left out: it conflicts with the rest." for name, _ in self.resolution.conflicts]
        lines += [f"  {name} stays as it is: {self._why_apart(name)}." for name in self.apart]
        return [*lines, "", "Install:", *(f"  {line}" for line in self.commands(file, target)), ""]

    def _why_apart(self, name: str) -> str:
        seed = name in self.resolution.beside
        return "it is none of the set" if seed else "no lock file can hold an installation from a folder"

    def commands(self, file: Path, target: str) -> list[str]:
        """The commands that install it, for a shell."""
        found = [shlex.join(("rm", "-r", path)) for path, _ in self.plan.leftovers]
        again = [word for name in self.again for word in ("--reinstall-package", name)]
        if not self.apart:
            command = ("uv", "pip", "sync", "--python", target, *again, str(file))
            return [*found, shlex.join(command)]
        gone = [move.name for move in self.moves if not move.after]
        if gone:
            found.append(shlex.join(("uv", "pip", "uninstall", "--python", target, *gone)))
        command = ("uv", "pip", "install", "--python", target, "--no-deps", *again, "-r", str(file))
        return [*found, shlex.join(command)]

    def commands_of_pip(self, file: Path, target: str) -> list[str]:
        """The same with pip, which installs nothing anew that has the right version."""
        found = [shlex.join(("rm", "-r", path)) for path, _ in self.plan.leftovers]
        gone = sorted({*self.again, *(move.name for move in self.moves if not move.after)})
        pip = (target, "-m", "pip") if self.has_pip else ("python", "-m", "pip", "--python", target)
        if gone:
            found.append(shlex.join((*pip, "uninstall", "--yes", *gone)))
        return [*found, shlex.join((*pip, "install", "--require-hashes", "--no-deps", "-r", str(file)))]


def lock_of(
    plan: Plan,
    request: Request,
    resolution: Resolution,
    distributions: Iterable[Distribution],
    shared: Iterable[SharedFile] = (),
) -> Lock:
    """Compare a resolution with what is installed; `shared` are the files that have several owners."""
    apart = tuple(sorted((*request.apart, *resolution.beside)))
    there = [item for item in distributions if not item.shadowed and item.name not in apart]
    before = {item.name: item.version for item in there if item.origin not in FOREIGN}
    after = {item.name: item for item in resolution.locked}
    versions = {name: item.version or before.get(name, "") for name, item in after.items()}
    # What another installer has installed stays where its version is the one that is wanted.
    before.update({item.name: item.version for item in there if versions.get(item.name) == item.version})
    leaving = {name for name, version in before.items() if versions.get(name, "") != version}
    robbed = _robbed(leaving, shared)
    again = tuple(sorted(name for name in {*plan.reinstalls, *robbed} & set(after) if name not in leaving))
    moves = []
    for name in sorted({*before, *after}):
        found, version = before.get(name, ""), versions.get(name, "")
        if version != found or name in again:
            why = f"its files go with {robbed[name]}" if name in robbed and name not in plan.codes else ""
            why = why or _why(name, after.get(name), plan, resolution)
            codes = plan.codes.get(name, ())
            moves.append(Move(name=name, before=found, after=version, why=why, codes=codes))
    return Lock(
        plan=plan,
        resolution=resolution,
        moves=tuple(moves),
        again=again,
        apart=apart,
        interpreter=request.interpreter,
        has_pip="pip" in before or "pip" in apart,
    )


def _robbed(leaving: set[str], shared: Iterable[SharedFile]) -> dict[str, str]:
    """What shares files with a distribution whose old version is removed, which deletes them, and with which."""
    found = {}
    for item in shared:
        gone = [name for name in item.owners if name in leaving]
        found.update({name: gone[0] for name in item.owners if gone and name not in leaving})
    return found


def _why(name: str, wanted: Locked | None, plan: Plan, resolution: Resolution) -> str:
    conflicts = dict(resolution.conflicts)
    if wanted is None and name in conflicts:
        return f"it conflicts with the rest: {conflicts[name]}"
    if name in {*plan.pins, *plan.removals, *plan.reinstalls, *plan.moving}:
        return why_of(name, plan)
    if wanted is None:
        return "nothing requires it any more"
    return f"required by {', '.join(wanted.via[:3])}" if wanted.via else "follows from the others"
