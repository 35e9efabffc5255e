"""Finding out why a name cannot be found, or an option is unknown: which releases have it, as they tell themselves.

What the matrix holds of that is a table of releases, not rows; for a text a row is made of it, which is then
held against an environment as every other one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from doctor.core.basis import Basis
from doctor.core.breakage import Breakage, Circumstance
from doctor.core.matrix import Matrix
from doctor.core.packages.release import NameHistory
from doctor.core.report import Cause
from doctor.matrix.literals import haystack_of
from doctor.matrix.names import SAMPLING

_IMPORT = r"[cC]annot import name '(?P<name>\w{2,80})' from '(?P<module>\w{2,40}(?:\.\w{1,60}){0,8})'"
_MODULE = r"No module named '(?P<module>\w{2,40}(?:\.\w{1,60}){1,8})'"
_ATTRIBUTE = r"(?<!initialized )module '(?P<module>\w{2,40}(?:\.\w{1,60}){0,8})' has no attribute '(?P<name>\w{2,80})'"
_BUILT = "_version"
"""A module that setuptools-scm writes when a package is built: where it is missing nothing was, in any release."""

_PATTERNS = (_IMPORT, _MODULE, _ATTRIBUTE)
_OPTIONS = r"unrecognized arguments:(?P<given>(?: \S{1,200}){1,20})"
_OPTION = re.compile(r"(?<= )--[A-Za-z][\w-]{1,60}")
_FIELD = (
    r"(?:(?:EngineArgs|\bLLM)(?:\.__init__)?\(\)|EngineArgs\(.{0,120}TypeError: __init__\(\))"
    r" got an unexpected keyword argument '(?P<name>[a-z]\w{1,60})'"
)
# What msgspec says, of whose classes the text names none.
_REQUEST = r"TypeError: Unexpected keyword argument '(?P<name>[a-z]\w{1,60})'"
LIMIT = 20
"""Imports, calls and options of a text that are looked up: one fails for the others."""

_CAUSES = {
    # A library that others share: what it dropped is asked of it by one that goes with an older release.
    "huggingface-hub": (Cause.DUPLICATE_OR_CONFLICTING_PACKAGES, Cause.OTHER),
    "transformers": (Cause.TRANSFORMERS_TOO_NEW, Cause.TRANSFORMERS_TOO_OLD),
    "pydantic": (Cause.DUPLICATE_OR_CONFLICTING_PACKAGES, Cause.DUPLICATE_OR_CONFLICTING_PACKAGES),
    "torch": (Cause.OTHER, Cause.TORCH_PIN_VIOLATED),
    "typing-extensions": (Cause.DUPLICATE_OR_CONFLICTING_PACKAGES, Cause.DUPLICATE_OR_CONFLICTING_PACKAGES),
}
"""Of a package that is too new, and of one that is too old."""


_SOURCES = (
    "wheels of torch, triton, transformers, PEFT, TRL, accelerate, datasets, diffusers, huggingface_hub and others; "
    "sources of vLLM",
)
DROPPED, LATER, PASSED = "name-dropped-by-a-release", "name-of-a-newer-release", "argument-passed-by-a-newer-release"

DESCRIBED = (
    Breakage(
        name=DROPPED,
        cause=Cause.OTHER,
        reason="a release of the package has a name, module, option or argument no more: what asks for it is older; "
        "which releases have it is looked up in tables that are read from the packages themselves",
        fix="Install an older release of the package, or a newer one of what asks for it; the error text says which",
        basis=Basis.DECLARED,
        sources=_SOURCES,
    ),
    Breakage(
        name=LATER,
        cause=Cause.OTHER,
        reason="the package has a name, module, option or argument from a later release on: what asks for it is newer",
        fix="Install a newer release of the package; the error text says from which on",
        basis=Basis.DECLARED,
        sources=_SOURCES,
    ),
    Breakage(
        name=PASSED,
        cause=Cause.OTHER,
        reason="the package passes an argument to its own method from a later release on: the class that overrides the "
        "method without it was written for an older one",
        fix="Give the method of that class the argument, or install a release of the package before that",
        basis=Basis.DECLARED,
        sources=_SOURCES,
    ),
)
"""The rows that are made of the tables, as they read without a text."""


def failed_imports(text: str, matrix: Matrix) -> Iterator[tuple[Breakage, int, int]]:
    """What is known of each name that cannot be imported or found, and from where to where it stands in the text."""
    every = haystack_of(text)
    for count, found in enumerate(item for pattern in _PATTERNS for item in every.find_all(pattern)):
        if count == LIMIT:
            return
        name = found.groupdict().get("name", "")
        if _BUILT in (name, found["module"].rpartition(".")[2]):
            continue
        history = matrix.releases.name_history(found["module"], name)
        if history is not None:
            yield from ((row, found.start(), found.end()) for row in rows_of(history))


def failed_options(text: str, matrix: Matrix) -> Iterator[tuple[Breakage, int, int]]:
    """What is known of each option of vLLM that was refused, and from where to where it stands in the text.

    Other programs use the same words, and some of the options: only a text that names vLLM is of it.
    """
    every = haystack_of(text)
    if every.first("(?i:vllm)") is None:
        return
    places = [
        (option[0].replace("_", "-"), given.start("given") + option.start(), given.start("given") + option.end())
        for given in every.find_all(_OPTIONS)
        for option in _OPTION.finditer(given["given"])
    ]
    places += [(field["name"], field.start(), field.end()) for field in every.find_all(_FIELD)]
    places += [(f"{SAMPLING}{field['name']}", field.start(), field.end()) for field in every.find_all(_REQUEST)]
    for option, start, end in places[:LIMIT]:
        history = matrix.releases.option_history(option)
        if history is not None:
            yield from ((row, start, end) for row in rows_of(history))


def rows_of(history: NameHistory) -> Iterator[Breakage]:
    """What each release that lacks the name is answered with."""
    too_new, too_old = _CAUSES.get(history.package, (Cause.OTHER, Cause.OTHER))
    package = history.package
    what = f"{history.name} in {history.module}" if history.name else history.module
    comings = [since for since, _ in history.spans]
    for (_, until), again in reversed(list(zip(history.spans, [*comings[1:], ""], strict=True))):
        if until:
            lacking = f">={until},<{again}" if again else f">={until}"
            who = f"{package} from {until} to before {again} has" if again else f"{package} {until} and newer have"
            yield _row(
                history,
                DROPPED,
                too_new,
                lacking,
                f"{who} no {what} any more: what asks for it is older than that",
                f"Install {package} below {until}, or a newer release of what asks for it",
                f"{package}<{until}",
            )
    if comings[0]:
        yield _row(
            history,
            LATER,
            too_old,
            f"<{comings[0]}",
            f"{package} has {what} from {comings[0]} on: what asks for it is newer than the one here",
            f"Install {package} {comings[0]} or newer, as far as the requirements of the others allow",
            f"{package}>={comings[0]}",
        )


def passed_by(history: NameHistory) -> Iterator[Breakage]:
    """What is told where a method that the package calls itself refuses an argument: it is an older override."""
    since = history.spans[-1][0]
    if since:
        yield _row(
            history,
            PASSED,
            _CAUSES.get(history.package, (Cause.OTHER, Cause.OTHER))[0],
            f">={since}",
            f"{history.package} passes {history.name} to {history.module} from {since} on: the class that refuses it "
            "overrides the method, and was written for an older release",
            f"Install {history.package} below {since}, or give that method a parameter {history.name}=None",
            f"{history.package}<{since}",
        )


def _row(
    history: NameHistory, name: str, cause: Cause, specifier: str, reason: str, fix: str, requirement: str
) -> Breakage:
    return Breakage(
        name=name,
        cause=cause,
        when=(Circumstance(packages={history.package: specifier}),),
        reason=reason,
        fix=fix,
        install=(requirement,),
        basis=Basis.DECLARED,
        sources=(f"https://pypi.org/project/{history.package}/#history",),
    )
