"""Whether an environment marker holds in an environment of which something may not be stated.

`packaging.markers.Marker.evaluate` takes what it is not told from the interpreter that it runs in, and compares a
version that is "" as text. Neither says anything of a list that somebody pasted.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping

from packaging.markers import Marker

_NAMES = (
    "implementation_name",
    "implementation_version",
    "os_name",
    "platform_machine",
    "platform_python_implementation",
    "platform_release",
    "platform_system",
    "platform_version",
    "python_full_version",
    "python_version",
    "sys_platform",
)
_ASKED = re.compile(rf"\b(?:{'|'.join(_NAMES)})\b")
_MAY_BE_EMPTY = frozenset({"platform_release", "platform_version"})
_OF_PYTHON = frozenset({"implementation_version", "python_full_version", "python_version"})

# Every release of Python 3 that a release of the stack was published for.
_PYTHONS = tuple(f"3.{minor}" for minor in range(7, 16))
_PLATFORMS = (
    ("linux", "posix", "Linux", "x86_64"),
    ("linux", "posix", "Linux", "aarch64"),
    ("darwin", "posix", "Darwin", "arm64"),
    ("win32", "nt", "Windows", "AMD64"),
)


def applies(marker: Marker | None, markers: Mapping[str, str], extras: Iterable[str] = ("",)) -> bool | None:
    """Whether a marker holds for one of `extras` with these values of its names; no marker always holds.

    `markers` is `Interpreter.markers`, in which a name may be missing or "". None where the answer depends on
    what such a name stands for.

    Raises:
        UndefinedComparison, InvalidVersion: the marker compares what cannot be compared.
    """
    if marker is None:
        return True
    names = tuple(extras)
    asked = {*_ASKED.findall(str(marker))}
    untold = {name for name in asked - _MAY_BE_EMPTY if not markers.get(name)}
    answers = {
        any(marker.evaluate({**environment, "extra": extra}) for extra in names)
        for environment in _environments(markers, untold)
    }
    return answers.pop() if len(answers) == 1 else None


def _environments(markers: Mapping[str, str], untold: set[str]) -> Iterator[dict[str, str]]:
    """The environments that `markers` may mean: one where nothing that is asked for is left open."""
    pythons = _PYTHONS if untold & _OF_PYTHON else ("",)
    platforms = _PLATFORMS if untold - _OF_PYTHON else (("", "", "", ""),)
    told = {name: value for name, value in markers.items() if value}
    for python, (sys_platform, os_name, system, machine) in itertools.product(pythons, platforms):
        guessed = {
            **dict.fromkeys(_NAMES, ""),
            "implementation_name": "cpython",
            "implementation_version": f"{python}.0" if python else "",
            "os_name": os_name,
            "platform_machine": machine,
            "platform_python_implementation": "CPython",
            "platform_system": system,
            "python_full_version": f"{python}.0" if python else "",
            "python_version": python,
            "sys_platform": sys_platform,
        }
        yield {**guessed, **told}
