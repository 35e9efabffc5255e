"""Installed distributions: what their metadata says and what lies on disk."""

from __future__ import annotations

from doctor.core.fact import Fact, Source, SourceKind
from doctor.core.frozen import frozen
from doctor.core.snapshot import Key

MOST_DISTRIBUTIONS = 2_500
"""Distributions that a list or a snapshot may name: an environment with vLLM has 150, the largest images 1,500."""


@frozen
class Distribution:
    """One ``.dist-info`` or ``.egg-info`` on the search path.

    `name` is normalised (PEP 503) and, like `version`, taken from METADATA or, where that is
    missing, from the folder's name. `requires` holds the raw Requires-Dist lines, and
    `requires_python` the specifier or "". `origin` is ``index``, ``url``, ``vcs``, ``local``,
    ``editable``, ``conda`` or ``system``, with `origin_detail` the address without credentials;
    `requested` is true when the installer noted that the user asked for it by name.
    `shadowed` is true when an earlier entry of the search path holds the same distribution, or
    when this is the dist-info that fits the files less well of two in one folder.
    `wheel_tags` are those of its WHEEL file; `extension_suffixes` the endings of its compiled
    modules (``.abi3.so``), stated only where no wheel tag suits the interpreter. `place` is the line
    of a list that states it, None for what is installed and was looked at.
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
    requested: bool = False
    extension_suffixes: tuple[str, ...] = ()
    place: Source | None = None

    @property
    def presence(self) -> str:
        """How it is there, in words: a list only says what is to be installed."""
        return "is pinned" if self.place is not None and self.place.kind is SourceKind.LOCK else "is installed"

    @property
    def seen_in(self) -> Source:
        """The file that a problem with it is seen in: its METADATA, or the line that states it."""
        return self.place or Source(kind=SourceKind.DIST_INFO, where=f"{self.path}/METADATA")


@frozen
class DamagedFile:
    """A file of a RECORD that is not as it was installed.

    `damage` is ``missing``, ``size``, ``truncated`` (a shared library shorter than its own
    tables say), ``hash``, ``permission`` (the user that doctor runs as may not read it, as root may),
    ``unreadable`` or ``record`` (the RECORD itself is missing or not
    readable, so that the distribution cannot be checked). `expected` and `found` are sizes in
    bytes or digests, as text, or for ``record``, ``permission`` and ``unreadable`` what is wrong. `count` is
    above 1 where one entry stands for several files: for a missing folder with all that was in
    it, and for the files beyond the first twenty of one distribution, whose example `path` is.
    """

    distribution: str
    path: str
    damage: str
    expected: str = ""
    found: str = ""
    count: int = 1


@frozen
class Leftover:
    """A trace of a distribution that is not installed, or not any more.

    `kind` is ``renamed`` (pip's ``~name`` folders), ``no-metadata`` (a dist-info without
    METADATA), ``duplicate`` (a second dist-info of one distribution in one folder), ``hollow``
    (an import package with no code that no distribution owns), ``unowned`` (one of the stack with code,
    in a folder that packages are installed into), ``no-source`` (a distribution
    that is installed in editable mode from the folder `path`, which is not there) or
    ``other-python`` (the site-packages `path` of a virtual environment that holds distributions
    and that its interpreter, being of another minor version, does not look into; `name` is the
    Python that it belongs to, ``python3.11``) or ``out-of-reach`` (the same of its own minor
    version: the environment has lost its pyvenv.cfg, so that it is none any more).
    """

    kind: str
    name: str
    path: str


@frozen
class Command:
    """A command of the stack in the scripts folder, and the interpreter that its first line starts.

    `python` is that interpreter's absolute path; `place` is ``here`` (it is the one that is examined),
    ``elsewhere`` (it is another one) or ``missing`` (there is none).
    """

    name: str
    path: str
    python: str
    place: str


@frozen
class SharedFile:
    """Files that several installed distributions claim.

    `kind` is ``script`` (a command in the scripts folder), ``package`` (importable code) or
    ``data``. `what` is the command's name or the folder (or file) that the shared paths have
    in common, relative to site-packages; `owners` are the names of the distributions;
    `example` is one of the `count` shared paths; `differing` says that their RECORDs disagree
    on the content of at least one, so that one has overwritten the other, and `winner` then
    names the owner whose size the file on disk has, or is "" where that does not tell.
    """

    what: str
    owners: tuple[str, ...]
    example: str
    count: int
    differing: bool
    kind: str = "package"
    winner: str = ""


STDLIB = "the standard library"
"""The owner of a module that no distribution brings."""


@frozen
class Shadow:
    """A module that is not imported from the distribution, or the standard library, that provides it.

    `module` is the import name, `found` the path that wins, `expected` the path of the
    distribution `owner` or of `STDLIB`. `entry` says where the winner lies: ``python-path``, ``user-site``,
    ``search-path`` (any other entry) or ``current-folder`` (it wins only for a Python that is
    started in the folder that the doctor was started in).
    """

    module: str
    owner: str
    found: str
    expected: str
    entry: str = "search-path"


DISTRIBUTIONS: Key[tuple[Distribution, ...]] = Key(
    "distributions", tuple[Distribution, ...], "every distribution on the interpreter's search path"
)
DAMAGED_FILES: Key[tuple[DamagedFile, ...]] = Key(
    "damaged_files", tuple[DamagedFile, ...], "files that differ from their distribution's RECORD"
)
LEFTOVERS: Key[tuple[Leftover, ...]] = Key(
    "leftovers", tuple[Leftover, ...], "remains of distributions in site-packages"
)
COMMANDS: Key[tuple[Command, ...]] = Key(
    "commands", tuple[Command, ...], "commands of the stack, and the interpreters that they start"
)
SHARED_FILES: Key[tuple[SharedFile, ...]] = Key(
    "shared_files", tuple[SharedFile, ...], "files that more than one distribution owns"
)
SHADOWS: Key[tuple[Shadow, ...]] = Key(
    "shadows", tuple[Shadow, ...], "modules that hide those of installed distributions"
)
