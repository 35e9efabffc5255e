"""What a resolver is asked for: the plan's pins, and the rest as it is wherever that still fits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from doctor.core.fact import Known
from doctor.core.frozen import frozen
from doctor.core.interpreter import Interpreter
from doctor.core.matrix import ENGINES
from doctor.core.packages.distribution import Distribution
from doctor.core.packages.markers import applies
from doctor.remedy.plan import Plan
from doctor.rules.pin.known_good import version_of
from doctor.rules.pkg.stack import STACK, rank

# Of NVIDIA's libraries nobody asks for themselves: torch names those that it needs.
_LIBRARY = re.compile(r"^(?:nvidia-(?!ml-py$).+|triton)$")
# https://packaging.python.org/en/latest/specifications/name-normalization/
_NAME = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?\Z")
_ADDRESS = re.compile(r"https?://\S+\Z")
FOREIGN = ("conda", "system")
"""Origins of what pip and uv must leave alone."""

_SOURCES = ("vcs", "local", "editable")


@frozen
class Request:
    """Requirements that must hold, the user's own that should, and versions to prefer.

    `needed` holds one of each name, `own` what is installed for itself, `preferred` maps names
    to versions that are taken wherever they fit, `proven` to those that are taken next, and
    `overrides` replace declared requirements.
    `apart` are installed distributions that no lock file with hashes can hold.
    """

    needed: tuple[str, ...]
    own: tuple[str, ...]
    preferred: dict[str, str]
    proven: dict[str, str]
    overrides: tuple[str, ...]
    apart: tuple[str, ...]
    interpreter: Interpreter


def request_of(
    plan: Plan,
    distributions: Iterable[Distribution],
    interpreter: Interpreter,
    closure: Mapping[str, str] | None = None,
) -> Request:
    """Turn a plan into what a resolver is asked for.

    `closure` holds the versions that the plan's set was proven with: what is not installed yet
    comes in these, and what is installed too where the whole set is taken.
    """
    sound = {item.name: item for item in distributions if _is_sound(item)}
    there = {name: item for name, item in sound.items() if item.origin not in FOREIGN}
    staying = {name: item for name, item in there.items() if name not in plan.removals}
    apart = {name: item for name, item in staying.items() if item.origin in _SOURCES}
    needed = [*plan.pins.values(), *_requirements_of(apart.values(), interpreter)]
    needed += [_exact(staying[name]) for name in ENGINES if name in staying and name not in (*plan.pins, *plan.moving)]
    needed += _not_for_the_cpu(plan, staying)
    own = _roots(staying, plan, interpreter)
    proven = {**(closure or {}), **(plan.chosen.pins if plan.chosen else {})}
    taken = frozenset(closure or ()) if plan.anew else frozenset()
    preferred = proven | {name: item.version for name, item in staying.items() if item.version and name not in taken}
    preferred.update((name, item.version) for name, item in sound.items() if item.origin in FOREIGN)
    for name in (*plan.pins, *plan.moving, *plan.removals, *apart):
        preferred.pop(name, None)
    return Request(
        needed=tuple(sorted(dict.fromkeys(needed))),
        own=tuple(_own(staying[name]) for name in own if name not in plan.pins and name not in apart),
        preferred=dict(sorted(preferred.items())),
        proven=proven,
        overrides=_overrides(plan),
        apart=tuple(sorted(apart)),
        interpreter=interpreter,
    )


def _is_sound(item: Distribution) -> bool:
    """Whether a name and a version can be written to a file that options can stand in as well."""
    return not item.shadowed and bool(_NAME.match(item.name)) and version_of(item.version) is not None


def _not_for_the_cpu(plan: Plan, staying: dict[str, Distribution]) -> list[str]:
    """Keep a torch for CUDA: ``==2.13.0`` means 2.13.0+cpu as well, wherever an installer finds that.

    https://packaging.python.org/en/latest/specifications/version-specifiers/#local-version-identifiers
    """
    pin = plan.pins.get("torch", "").partition("==")[2]
    version = pin or (staying["torch"].version if "torch" in staying and "torch" not in plan.moving else "")
    return [f"torch!={version}+cpu"] if version and "+" not in version else []


def _roots(staying: dict[str, Distribution], plan: Plan, interpreter: Interpreter) -> list[str]:
    """What has to be named so that everything that is installed and used stays.

    The stack comes first: of what conflicts, the later one is left out. uv may note of every
    package that it was asked for, so that where most are, the note tells nothing.
    """
    needs = {name: _names(item, interpreter) for name, item in staying.items()}
    required = frozenset[str]().union(*needs.values())
    asked = {name for name, item in staying.items() if item.requested}
    told = len(asked) * 2 < len(staying)
    found = [
        name
        for name in sorted(staying)
        if not _LIBRARY.match(name)
        if name not in required or name in plan.moving or name in STACK or (told and name in asked)
    ]
    reached = _reach(found, needs)
    for name in sorted(staying):
        if name not in reached and not _LIBRARY.match(name):
            # Distributions that require each other and that no other one requires.
            found.append(name)
            reached |= _reach([name], needs)
    return sorted(found, key=lambda name: (rank(name), name))


def _reach(names: Iterable[str], needs: dict[str, frozenset[str]]) -> set[str]:
    todo, reached = list(names), set(names)
    while todo:
        fresh = needs.get(todo.pop(), frozenset()) - reached
        reached |= fresh
        todo += fresh
    return reached


def _exact(item: Distribution) -> str:
    return f"{item.name}=={item.version}"


def _own(item: Distribution) -> str:
    return (
        f"{item.name} @ {item.origin_detail}"
        if item.origin == "url" and _ADDRESS.match(item.origin_detail)
        else item.name
    )


def _overrides(plan: Plan) -> tuple[str, ...]:
    overrides = [f'{name} ; python_version < "0"' for name in plan.dropped]
    pins = plan.chosen.pins if plan.chosen else {}
    for deviation in plan.chosen.deviations if plan.chosen else ():
        name = canonicalize_name(Requirement(deviation.requirement).name)
        if name in pins:
            overrides.append(plan.pins.get(name) or f"{name}=={pins[name]}")
    return tuple(sorted(dict.fromkeys(overrides)))


def _active(item: Distribution, interpreter: Interpreter) -> list[Requirement]:
    """The requirements of a distribution without extras that hold for an interpreter."""
    found = []
    for line in item.requires.value if isinstance(item.requires, Known) else ():
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue  # PKG001 says that it cannot be read
        if applies(requirement.marker, interpreter.markers):
            found.append(requirement)
    return found


def _names(item: Distribution, interpreter: Interpreter) -> frozenset[str]:
    return frozenset(canonicalize_name(requirement.name) for requirement in _active(item, interpreter))


def _requirements_of(items: Iterable[Distribution], interpreter: Interpreter) -> list[str]:
    found = []
    for item in items:
        for requirement in _active(item, interpreter):
            requirement.marker = None
            found.append(str(requirement))
    return found
