"""Installed distributions: what their metadata says and what lies on disk."""

from __future__ import annotations

from dataclasses import dataclass

from doctor.core.fact import Fact
from doctor.core.snapshot import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """One ``.dist-info`` or ``.egg-info`` on the search path.

    `name` is normalised (PEP 503) and, like `version`, taken from METADATA or, where that is
    missing, from the folder's name. `requires` holds the raw Requires-Dist lines, and
    `requires_python` the specifier or "". `origin` is ``index``, ``url``, ``vcs``, ``local``,
    ``editable``, ``conda`` or ``system``, with `origin_detail` the address without credentials.
    `shadowed` is true when an earlier entry of the search path holds the same distribution.
    """

    name: str
    version: str
    path: str
    requires: Fact[tuple[str, ...]]
    requires_python: Fact[str]
    wheel_tags: tuple[str, ...] = ()
    installer: str = ""
    origin: str = "index"
    origin_detail: str = ""
    top_level: tuple[str, ...] = ()
    shadowed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DamagedFile:
    """A file of a RECORD that is not as it was installed.

    `damage` is ``missing``, ``size`` or ``hash``; `expected` and `found` are sizes in bytes or
    digests, as text.
    """

    distribution: str
    path: str
    damage: str
    expected: str = ""
    found: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """A trace of a distribution that is not installed.

    `kind` is ``renamed`` (pip's ``~name`` folders), ``no-metadata`` (a dist-info without
    METADATA), ``duplicate`` (a second dist-info of one distribution in one folder) or
    ``hollow`` (an import package with no code that no distribution owns).
    """

    kind: str
    name: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedFile:
    """Files that several installed distributions claim.

    `what` is an import package, a script or a library folder; `owners` are the names of the
    distributions; `example` is one of the `count` shared paths; `differing` says that their
    RECORDs disagree on the content of at least one, so that one has overwritten the other.
    """

    what: str
    owners: tuple[str, ...]
    example: str
    count: int
    differing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadow:
    """A module of the stack that is not imported from the distribution that provides it.

    `module` is the import name, `found` the path that wins, `expected` the path of the
    distribution `owner`.
    """

    module: str
    owner: str
    found: str
    expected: str


DISTRIBUTIONS: Key[tuple[Distribution, ...]] = Key(
    "distributions", tuple[Distribution, ...], "every distribution on the interpreter's search path"
)
DAMAGED_FILES: Key[tuple[DamagedFile, ...]] = Key(
    "damaged_files", tuple[DamagedFile, ...], "files that differ from their distribution's RECORD"
)
LEFTOVERS: Key[tuple[Leftover, ...]] = Key(
    "leftovers", tuple[Leftover, ...], "remains of distributions in site-packages"
)
SHARED_FILES: Key[tuple[SharedFile, ...]] = Key(
    "shared_files", tuple[SharedFile, ...], "files that more than one distribution owns"
)
SHADOWS: Key[tuple[Shadow, ...]] = Key(
    "shadows", tuple[Shadow, ...], "modules that hide those of installed distributions"
)
