"""PKG019."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.tags import parse_tag

from doctor.core.interpreter import INTERPRETER, Interpreter
from doctor.core.packages.declared import states_versions_only, with_declared
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.packages.stack import is_own_build
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.pkg.requirements import source_of
from doctor.rules.pkg.stack import STACK, listing

_GLIBC = re.compile(r"manylinux_2_(\d+)_")
_OLDER = {"manylinux1": 5, "manylinux2010": 12, "manylinux2014": 17}


@rule(severity=Severity.ERROR, cause=Cause.PLATFORM_OR_GLIBC, since="0.1.0", reads=(INTERPRETER, DISTRIBUTIONS))
def no_wheel_for_platform(env: Env) -> Iterator[Problem]:
    """Every release that a list names has a wheel for the interpreter and its C library.

    ## What it checks
    Of a list of versions, which states no files: whether the package index has a wheel of that
    release for Linux which this Python, processor and glibc take. What is installed is judged by
    its own wheel (PKG004). Where parts of a wheel need a newer glibc than its tag says, that is a warning: vLLM up to
    0.11.2 is tagged manylinux1, and parts of 0.5.2 need glibc 2.32, of 0.9 to 0.11.2 glibc 2.29.

    ## Why it matters
    The installer finds no distribution, or compiles for an hour and fails; a wheel that was put
    there all the same ends in `version GLIBC_2.28 not found`.

    ## How to fix it
    Use a newer system or a container image, or a release whose wheels suit it.

    ## Sources
    - https://peps.python.org/pep-0600/
    - https://github.com/vllm-project/vllm/issues/38908
    - https://github.com/vllm-project/vllm/issues/22798 (GLIBC_2.32 not found)
    - https://github.com/vllm-project/vllm/issues/6562 (the same of 0.5.2)
    - The versions of symbols that the libraries of vLLM's wheels need, read of them.
    """
    interpreter = env.need(INTERPRETER)
    distributions = env.need(DISTRIBUTIONS)
    listed = [item for item in with_declared(env, distributions) if states_versions_only(item) and not item.shadowed]
    judged = False
    for item in listed:
        release = env.matrix.release(item.name, item.version)
        # A label is a build from elsewhere, with wheels of its own; without wheels it is compiled anyway.
        if release is None or not release.wheels or item.version.partition("+")[2] or item.origin != "index":
            continue
        if not interpreter.tags:
            env.unstated("Python, processor or C library")
            return
        judged = True
        wheels = tuple(sorted({str(tag) for wheel in release.wheels for tag in parse_tag(wheel)}))
        if set(wheels).isdisjoint(interpreter.tags):
            yield _problem(item, wheels, interpreter)
    for item in listed:
        needed = _glibc_needed(env, item, interpreter)
        judged = judged or bool(needed)
        if _glibc_of_here(interpreter) < _minor(needed):
            yield _below_its_symbols(item, needed, interpreter)
    if listed and not judged:
        raise NotApplicableError("the list names no release whose wheels are known")


def _problem(item: Distribution, wheels: tuple[str, ...], interpreter: Interpreter) -> Problem:
    machine = interpreter.markers.get("platform_machine", "")
    pythons = {tag.rpartition("-")[0] for tag in interpreter.tags}
    fitting = [tag for tag in wheels if tag.rpartition("-")[0] in pythons]
    platforms = sorted({tag.rpartition("-")[2] for tag in fitting})
    here = f"Python {interpreter.version} on {machine} with {interpreter.libc or 'an unknown C library'}"
    if fitting:
        older = [glibc for name in platforms if machine in name and (glibc := _glibc_of(name))]
        text = f"Move to a system with glibc 2.{min(older)} or newer" if older else f"Move to {listing(platforms)}"
        cause = Cause.PLATFORM_OR_GLIBC
    else:
        text = "Make a new environment with a Python that there is a wheel for"
        cause = Cause.PYTHON_VERSION
    return Problem(
        subject=item.name,
        message=f"{item.name} {item.version} has wheels for {listing(wheels, 3)} and none for {here}",
        location=source_of(item),
        severity=Severity.ERROR if item.name in STACK else Severity.WARNING,
        cause=cause,
        remedies=(Remedy(text=text, safety=Safety.MANUAL),),
    )


def _glibc_of(platform: str) -> int:
    match = _GLIBC.search(platform)
    if match is not None:
        return int(match[1])
    return next((minor for name, minor in _OLDER.items() if platform.startswith(f"{name}_")), 0)


def _glibc_needed(env: Env, item: Distribution, interpreter: Interpreter) -> str:
    """The glibc that a wheel needs though its tag promises less, "" where none is known of it or of this system."""
    version, _, label = item.version.partition("+")
    elsewhere = is_own_build(item) or label.startswith(("cpu", "rocm", "xpu")) or item.origin != "index"
    machine = interpreter.markers.get("platform_machine", "x86_64")
    row = None if elsewhere else env.matrix.wheel_build(item.name, version, machine)
    if row is None or not _glibc_of_here(interpreter):
        return ""
    env.cite(f"wheel {row.package} {row.version}")
    return row.glibc


def _glibc_of_here(interpreter: Interpreter) -> int:
    name, _, version = interpreter.libc.partition(" ")
    return _minor(version) if name == "glibc" else 0


def _minor(glibc: str) -> int:
    """29 of ``2.29``."""
    minor = glibc.partition(".")[2]
    return int(minor) if minor.isdigit() else 0


def _below_its_symbols(item: Distribution, needed: str, interpreter: Interpreter) -> Problem:
    text = f"Move to a system with glibc {needed} or newer, or a container image"
    return Problem(
        subject=item.name,
        message=f"parts of {item.name} {item.version} need glibc {needed}, whatever the tag of its wheel says, and "
        f"{interpreter.libc} is here: they are not loaded, and what uses them fails",
        location=source_of(item),
        cause=Cause.PLATFORM_OR_GLIBC,
        severity=Severity.WARNING,
        remedies=(Remedy(text=text, safety=Safety.MANUAL),),
    )
