"""Commands that install a project from its lock: ``uv sync``, ``poetry install``, ``pdm install``.

What is not followed, such as an option that chooses otherwise, is told of and never guessed.
Sources: https://docs.astral.sh/uv/reference/cli/#uv-sync, https://python-poetry.org/docs/cli/#install and
https://pdm-project.org/en/latest/reference/cli/#install.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct, field

from doctor.core.errors import TargetError
from doctor.core.frozen import frozen
from doctor.intake.pins import Listing
from doctor.intake.toml_lock import LockTable
from doctor.intake.uv_lock import DEFAULT_GROUPS

COMMANDS = {
    "uv": ("sync",),
    "poetry": ("install", "sync"),
    "pdm": ("install", "sync"),
}
"""The programs, and their commands that install a project."""

_VALUES = {
    "uv": {"--extra": "extras", "--group": "groups", "--no-group": "without", "--project": "project"}
    | {"--directory": "project", "--python": "python", "-p": "python"},
    "poetry": {"--extras": "extras", "-E": "extras", "--with": "groups", "--without": "without", "--only": "only"}
    | {"--directory": "project", "-C": "project", "--project": "project", "-P": "project"},
    "pdm": {"--group": "groups", "-G": "groups", "--project": "project", "-p": "project"},
}
"""Options that choose what is installed, and which of the fields below takes their value."""

_CHOICES = {
    "uv": {"--no-dev", "--no-default-groups", "--all-extras", "--all-groups", "--inexact", "--active"},
    "poetry": {"--all-extras", "--sync"},
    "pdm": {"--prod", "--production", "--clean"},
}
"""Switches that choose what is installed, or where."""

_PLAIN = frozenset(
    """
    --compile --compile-bytecode --exact --frozen --frozen-lockfile --locked --managed-python --native-tls --no-ansi
    --no-build-isolation --no-cache --no-cache-dir --no-editable --no-install-local --no-install-project
    --no-install-workspace --no-interaction --no-isolation --no-lock --no-managed-python --no-progress
    --no-python-downloads --no-root --no-self --offline --quiet --reinstall --verbose -n -q -v -vv -vvv
    """.split()  # noqa: SIM905 - a list of strings would take thirty lines
)
"""Switches that change how it is installed, not what."""

_PLAIN_VALUES = frozenset(["--link-mode", "--cache-dir", "--color", "--config-setting", "--refresh-package"])


_NO = ("false", "0", "no")


@frozen
class Sync:
    """A command that installs a project: what it chooses of the lock, and the folder of the project.

    `chosen` has the values of options by their field: extras, groups, without, only. `switches` are those that
    choose. `unclear` is an option that is not followed.
    """

    program: str
    what: str
    chosen: Mapping[str, tuple[str, ...]]
    switches: frozenset[str]
    unclear: str = ""

    @property
    def lock(self) -> str:
        """The name of the lock that it reads."""
        return f"{self.program}.lock"

    @property
    def project(self) -> str:
        """The folder of the project, "" for the one that the command is run in."""
        return next(iter(self.chosen.get("project", ())), "")

    @property
    def python(self) -> str:
        """The version of Python that it names, "" for none."""
        named = re.search(r"3\.\d+(?:\.\d+)?", next(iter(self.chosen.get("python", ())), ""))
        return named[0] if named else ""

    @property
    def exact(self) -> bool:
        """Whether what the lock does not name is removed."""
        if self.program == "uv":
            return "--inexact" not in self.switches
        return self.what == "poetry sync" or not self.switches.isdisjoint(("--sync", "--clean"))

    def place(self, variables: Mapping[str, str], folder: str) -> str | None:
        """The environment that is installed into; None for the one that is active."""
        active = variables.get("VIRTUAL_ENV", "")
        if self.program == "uv":
            if "--active" in self.switches and active:
                return None
            return variables.get("UV_PROJECT_ENVIRONMENT") or f"{folder}/.venv"
        shared = self.program == "poetry" and variables.get("POETRY_VIRTUALENVS_CREATE", "").lower() in _NO
        return None if active or shared else f"{folder}/.venv"


def read_sync(words: list[str], variables: Mapping[str, str]) -> Sync | None:
    """The command, None where it installs no project."""
    program = words[0].rpartition("/")[2]
    if words[1:2] == [] or words[1] not in COMMANDS.get(program, ()):
        return None
    chosen: dict[str, tuple[str, ...]] = {}
    switches, unclear = set(), ""
    if program == "uv" and variables.get("UV_NO_DEV", "").lower() not in ("", *_NO):
        switches.add("--no-dev")
    rest = words[2:]
    while rest:
        option, equals, value = rest.pop(0).partition("=")
        if option in _VALUES[program] or option in _PLAIN_VALUES:
            value = value if equals else rest.pop(0) if rest else ""
            field = _VALUES[program].get(option, "")
            # Poetry and PDM take several in one value.
            values = (
                (value,) if program == "uv" or field in ("project", "python") else tuple(re.split(r"[\s,]+", value))
            )
            chosen[field] = (*chosen.get(field, ()), *values)
        elif option in _CHOICES[program]:
            switches.add(option)
        elif option not in _PLAIN:
            unclear = unclear or option
    return Sync(
        program=program, what=f"{program} {words[1]}", chosen=chosen, switches=frozenset(switches), unclear=unclear
    )


def list_project(sync: Sync, lock: Path, project: Path | None, listing: Listing) -> None:
    """Take what the command installs out of the lock; `project` is its pyproject.toml.

    Raises:
        TargetError: the lock cannot be read, has no such extra or group, or does not tell what is chosen.
    """
    reader = importlib.import_module(f"doctor.intake.{sync.program}_lock")
    table = LockTable(lock)
    table.require(reader.Format)
    extras, groups = _CHOOSE[sync.program](sync, table, LockTable(project).require(_Pyproject) if project else None)
    listing.target = replace(listing.target, extras=extras, groups=groups)
    reader.read(lock, listing)


class _Uv(Struct, rename="kebab"):
    default_groups: Literal["all"] | tuple[str, ...] = DEFAULT_GROUPS


class _Group(Struct):
    optional: bool = False


class _Poetry(Struct):
    group: dict[str, _Group] = {}


class _Tools(Struct):
    uv: _Uv = field(default_factory=_Uv)
    poetry: _Poetry = field(default_factory=_Poetry)


class _Project(Struct, rename="kebab"):
    optional_dependencies: dict[str, Any] = {}


class _Pyproject(Struct):
    """What of a pyproject.toml decides what its tool installs."""

    tool: _Tools = field(default_factory=_Tools)
    project: _Project = field(default_factory=_Project)


Choice = tuple[tuple[str, ...], "tuple[str, ...] | None"]


def _of_uv(sync: Sync, lock: LockTable, project: _Pyproject | None) -> Choice:
    tables = [table for table, _ in lock.packages("package")]
    there = {name for table in tables for name in table.get("dev-dependencies", {})}
    extras = {name for table in tables for name in table.get("optional-dependencies", {})}
    defaults = project.tool.uv.default_groups if project else DEFAULT_GROUPS
    wanted = set(there if defaults == "all" or "--all-groups" in sync.switches else there.intersection(defaults))
    if "--no-default-groups" in sync.switches:
        wanted.clear()
    without = {*sync.chosen.get("without", ()), *(("dev",) if "--no-dev" in sync.switches else ())}
    groups = {*wanted, *sync.chosen.get("groups", ())} - without
    return _extras(sync, extras), tuple(sorted(groups))


def _of_poetry(sync: Sync, lock: LockTable, project: _Pyproject | None) -> Choice:
    extras = _extras(sync, lock.table("extras"))
    only = sync.chosen.get("only", ())
    if only and "main" not in only:
        raise TargetError(f"`{sync.what} --only {','.join(only)}` leaves the project's own requirements out")
    if only:
        return extras, tuple(name for name in only if name != "main")
    there = {name for table, _ in lock.packages("package") for name in table.get("groups", ())} - {"main"}
    if there and project is None:
        raise TargetError("which groups are optional stands in pyproject.toml, which is not in the build context")
    described = project.tool.poetry.group if project else {}
    optional = {name for name, group in described.items() if group.optional}
    groups = (there - optional | set(sync.chosen.get("groups", ()))) - set(sync.chosen.get("without", ()))
    return extras, tuple(sorted(groups))


def _of_pdm(sync: Sync, lock: LockTable, project: _Pyproject | None) -> Choice:
    groups = sync.chosen.get("groups", ())
    if not sync.switches.isdisjoint(("--prod", "--production")):
        return (), groups
    there = set(lock.table("metadata").get("groups", ()))
    if groups or there - {"default", "dev", *(project.project.optional_dependencies if project else ())}:
        raise TargetError(f"which groups `{sync.what}` takes without --prod is not told by the lock")
    return (), None


def _extras(sync: Sync, there: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(there)) if "--all-extras" in sync.switches else sync.chosen.get("extras", ())


_CHOOSE = {"uv": _of_uv, "poetry": _of_poetry, "pdm": _of_pdm}
