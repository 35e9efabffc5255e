"""What the commands of a remedy do, read from their argument vectors.

Remedies are made with `doctor.core.install`; a command that is none of its forms is left to a person.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from doctor.core.report import Remedy, Safety

_WITH_VALUE = frozenset({"--python", "--extra-index-url", "--index-url", "--find-links"})
# The two that every mend implies, and what only says how to fetch; others (--no-binary) need a person.
_HARMLESS = frozenset({"--no-deps", "--yes", "--no-cache-dir", "--no-cache", "--break-system-packages"})


@dataclass(slots=True)
class Action:
    """Requirements to install, names to remove, install again or move, and paths to delete."""

    pins: dict[str, str] = field(default_factory=dict)
    removals: dict[str, None] = field(default_factory=dict)
    reinstalls: dict[str, None] = field(default_factory=dict)
    moving: dict[str, None] = field(default_factory=dict)
    leftovers: dict[str, None] = field(default_factory=dict)

    @property
    def names(self) -> frozenset[str]:
        """Every distribution that it touches."""
        return frozenset((*self.pins, *self.removals, *self.reinstalls, *self.moving))


def action_of(remedy: Remedy, leftovers: frozenset[str] = frozenset()) -> Action | None:
    """What a remedy does to packages, or None when a program should not do it.

    Only what the snapshot states as one of the `leftovers` of an installation may be deleted.
    """
    if remedy.safety is Safety.MANUAL or not remedy.commands:
        return None
    action = Action()
    for command in remedy.commands:
        if not _read(command, leftovers, action):
            return None
    return action


def _read(command: tuple[str, ...], leftovers: frozenset[str], action: Action) -> bool:
    if command[:2] == ("rm", "-r"):
        action.leftovers.update(dict.fromkeys(command[2:]))
        return leftovers.issuperset(command[2:])
    if command[:2] == ("uv", "pip"):
        verb, arguments = command[2], command[3:]
    elif command[1:3] == ("-m", "pip"):
        verb, arguments = command[3], command[4:]
    else:
        return False
    words = _words(arguments)
    if words is None or verb not in ("install", "uninstall"):
        return False
    options, names = words
    if verb == "uninstall":
        action.removals.update(dict.fromkeys(map(canonicalize_name, names)))
        return True
    return all(_install(name, "--force-reinstall" in options, action) for name in names)


def _words(arguments: tuple[str, ...]) -> tuple[list[str], list[str]] | None:
    options, names, rest = [], [], list(arguments)
    while rest:
        word = rest.pop(0)
        if word in _WITH_VALUE:
            rest[:1] = []
        elif not word.startswith("-"):
            names.append(word)
        elif word in _HARMLESS or word in ("--force-reinstall", "--upgrade"):
            options.append(word)
        else:
            return None
    return options, names


def _install(word: str, again: bool, action: Action) -> bool:
    try:
        requirement = Requirement(word)
    except InvalidRequirement:
        return False
    if requirement.url:
        return False
    name = canonicalize_name(requirement.name)
    removed = name in action.removals
    action.removals.pop(name, None)
    if again or removed:
        action.reinstalls[name] = None
    if requirement.specifier:
        action.pins[name] = str(requirement)
    elif not again:
        action.moving[name] = None
    return True
