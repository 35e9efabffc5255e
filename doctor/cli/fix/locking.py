"""Making the lock of a plan, for this machine or for one that a file tells of."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from doctor.cli.subject import Subject
from doctor.core.errors import TargetError
from doctor.core.fact import Known, value_or
from doctor.core.interpreter import INTERPRETER, PLATFORM, Interpreter, Platform
from doctor.core.packages.distribution import DISTRIBUTIONS, SHARED_FILES, Distribution, SharedFile
from doctor.core.reading import READING
from doctor.core.snapshot import Snapshot

if TYPE_CHECKING:
    from doctor.remedy.lock import Lock
    from doctor.remedy.plan import Plan


def distributions_in(snapshot: Snapshot) -> tuple[Distribution, ...]:
    """What is installed; nothing where that is not known."""
    found: tuple[Distribution, ...] = value_or(snapshot.get(DISTRIBUTIONS), ())
    return found


def interpreter_in(snapshot: Snapshot) -> Interpreter:
    """The interpreter that a plan was made for."""
    interpreter = snapshot.get(INTERPRETER)
    assert isinstance(interpreter, Known)  # or there was no plan
    found: Interpreter = interpreter.value
    return found


def make_lock(
    plan: Plan, snapshot: Snapshot, subject: Subject, *, again: bool, uv: str, say: Callable[[str], None]
) -> Lock:
    """The closure of a plan: from a set's own lock where that holds all, else (or `again`) resolved with uv.

    Raises:
        TargetError: a lock file cannot be made for what the file tells of.
        ResolveError: there is no uv, or no versions satisfy the plan.
    """
    from doctor.installer.pip_settings import pip_settings
    from doctor.remedy.lock import lock_of
    from doctor.remedy.request import request_of
    from doctor.remedy.resolve import resolve
    from doctor.remedy.shipped import closure_of, resolution_of

    interpreter, elsewhere = interpreter_in(snapshot), _elsewhere(snapshot, subject)
    distributions = distributions_in(snapshot)
    closure = closure_of(plan.chosen, interpreter)
    versions = {name: item.version for name, item in closure.items()}
    request = request_of(plan, distributions, interpreter, versions)
    resolution, settings = None, pip_settings(os.environ)
    if not again:
        elsewhere_too = not settings.keys().isdisjoint(("find-links", "extra-index-url", "index-url"))
        resolution = resolution_of(plan, request, distributions, closure, elsewhere_too=elsewhere_too)
    if resolution is None:
        resolution = resolve(request, environ=os.environ, settings=settings, progress=say, platform=elsewhere, uv=uv)
    elif plan.chosen is not None:
        say(f"the lock of the set {plan.chosen.name} holds all of it: nothing has to be resolved")
    shared: tuple[SharedFile, ...] = value_or(snapshot.get(SHARED_FILES), ())
    return lock_of(plan, request, resolution, distributions, shared)


def _elsewhere(snapshot: Snapshot, subject: Subject) -> Platform | None:
    """The platform that a file tells of, None for this machine.

    Raises:
        TargetError: a lock file cannot be made for it, or would leave out what the file asks for.
    """
    if subject.live:
        return None
    platform, interpreter = snapshot.get(PLATFORM), interpreter_in(snapshot)
    if subject.requirements:
        _require_whole(snapshot, subject.requirements)
    if isinstance(platform, Known):
        found: Platform = platform.value
        return found
    if not subject.requirements:
        raise TargetError("the snapshot does not state its platform, which a lock file is for")
    system, machine = interpreter.markers["platform_system"], interpreter.markers["platform_machine"]
    return Platform(
        system=system,
        release="",
        machine=machine,
        distribution="",
        libc="",
        libc_version="",
        container="",
        wsl=0,
    )


def _require_whole(snapshot: Snapshot, requirements: str) -> None:
    """Refuse a list that does not say all that is to be installed, and for which Python.

    Raises:
        TargetError: it does not.
    """
    if not interpreter_in(snapshot).version:
        raise TargetError("a lock file is for one version of Python", hint="name it with --target-python")
    reading = snapshot.get(READING)
    if isinstance(reading, Known) and reading.value.unread:
        raise TargetError(
            f"a lock file would leave out what states no version: {'; '.join(reading.value.unread)}",
            hint=f"pin all of it first: uv pip compile {requirements}",
        )
