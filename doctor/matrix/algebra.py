"""Sets of versions: whether one is empty, lies within others, or has none in common with another.

All of it is packaging's own algebra, which it has from 26.3 on
(https://packaging.pypa.io/en/stable/changelog.html).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from packaging.specifiers import SpecifierSet

from doctor.core.errors import MatrixError


def require_algebra() -> None:
    """Refuse to go on with a packaging that cannot compare sets of versions.

    Raises:
        MatrixError: it is too old.
    """
    if not hasattr(SpecifierSet, "to_range"):
        raise MatrixError(
            "the installed packaging cannot compare ranges of versions",
            hint="packaging 26.3 or newer can: pip install --upgrade packaging",
        )


def is_empty(specifier: str) -> bool:
    """Whether no version satisfies a specifier, prereleases included."""
    return bool(_range(specifier, prereleases=True).is_empty)


def is_disjoint(one: str, other: str) -> bool:
    """Whether no release satisfies both specifiers."""
    return bool(_range(one).is_disjoint(_range(other)))


def is_within(one: str, others: Iterable[str]) -> bool:
    """Whether every release that satisfies a specifier satisfies one of the others, too."""
    rest = _range(one)
    for other in others:
        rest = rest.difference(_range(other))
    return bool(rest.is_empty)


def _range(specifier: str, *, prereleases: bool = False) -> Any:
    # Between <2 and >=2 lie the prereleases of 2, which nobody means to leave out (PEP 440).
    return SpecifierSet(specifier, prereleases=prereleases).to_range()
