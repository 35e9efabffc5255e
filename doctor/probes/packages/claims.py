"""What the RECORDs of the installed distributions claim, by folder, so that each is listed once."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import field
from pathlib import Path
from typing import NamedTuple

from doctor.core.frozen import light_dataclass
from doctor.core.interpreter import Interpreter
from doctor.core.packages.distribution import DamagedFile, Distribution
from doctor.probes.packages.folders import printable
from doctor.probes.packages.records import LARGEST, lines_by_folder
from doctor.probes.regular_file import read_regular


class Claim(NamedTuple):
    """One line of one RECORD: the distribution's name and the file's hash and size."""

    owner: str
    digest: str
    size: int | None


class Files(NamedTuple):
    """Some files as columns of one length, all text; ``zip(*files)`` gives name, hash and size of each.

    The loops over all files of an environment go through columns: an object for each file would cost more than they.
    """

    names: list[str]
    digests: list[str]
    sizes: list[str]


class Share(NamedTuple):
    """What one distribution claims in one folder: its name, and of each file three lines: its name, hash and size.

    The lines stay one text until they are looked at: as objects, those of 36,000 files take three times the memory.
    """

    owner: str
    lines: str

    def files(self) -> Files:
        """The files, column by column."""
        fields = self.lines.split("\n")
        return Files(fields[0::3], fields[1::3], fields[2::3])

    def claim(self, digest: str, size: str) -> Claim:
        """The claim on one of the files."""
        return Claim(self.owner, digest, int(size) if size else None)


@light_dataclass()
class Claims:
    """All claims, by folder.

    `sites` are the folders that the distributions lie in; `unrecorded` says for which of them
    there is no usable RECORD, as the damage that it is.
    """

    folders: dict[str, list[Share]] = field(default_factory=dict)
    sites: set[str] = field(default_factory=set)
    unrecorded: list[DamagedFile] = field(default_factory=list)

    def repeated(self, folder: str) -> dict[str, list[Claim]]:
        """The files of a folder that are claimed more than once, with all claims on each, in their order."""
        found: dict[str, list[Claim]] = {}
        for share in self.folders.get(folder, ()):
            for name, digest, size in zip(*share.files(), strict=True):
                found.setdefault(name, []).append(share.claim(digest, size))
        return {name: claims for name, claims in found.items() if len(claims) > 1}

    def on(self, folder: str, name: str) -> list[Claim]:
        """All claims on a file, none where nobody claims it."""
        shares = self.folders.get(folder, ())
        return [
            share.claim(digest, size)
            for share in shares
            for claimed, digest, size in zip(*share.files(), strict=True)
            if claimed == name
        ]


# Written after the RECORD, or by another tool than the one that wrote it.
_REWRITTEN = frozenset(
    {
        "RECORD",
        "RECORD.jws",
        "RECORD.p7s",
        "INSTALLER",
        "REQUESTED",
        "direct_url.json",
        "uv_cache.json",
        "uv_build.json",
    }
)
# Installers of systems keep their lists of files elsewhere.
_WITHOUT_RECORD = frozenset({"system", "conda"})


def collect_claims(interpreter: Interpreter, distributions: Iterable[Distribution]) -> Claims:
    """Read the RECORD of every distribution that is imported.

    Those of conda are left out: it replaces prefixes in files after RECORD was written
    (https://docs.conda.io/projects/conda-build/en/stable/resources/make-relocatable.html).
    """
    claims = Claims()
    for item in distributions:
        if item.shadowed or item.origin in _WITHOUT_RECORD or not item.path.endswith(".dist-info"):
            continue
        try:
            lines, bad_lines = lines_by_folder(read_regular(f"{item.path}/RECORD", LARGEST))
        except FileNotFoundError:
            claims.unrecorded.append(_unrecorded(item, "there is no RECORD"))
            continue
        except OSError as error:
            damage = "permission" if isinstance(error, PermissionError) else "record"
            claims.unrecorded.append(_unrecorded(item, str(error.strerror), damage))
            continue
        if bad_lines or not lines:
            numbers = ", ".join(str(number) for number in bad_lines[:5])
            claims.unrecorded.append(
                _unrecorded(item, f"lines that make no sense: {numbers}" if numbers else "it is empty")
            )
        strange = _add(claims, interpreter, item, lines)
        if strange:
            claims.unrecorded.append(
                _unrecorded(item, f"it names files outside of the environment: {printable(strange)}")
            )
    return claims


def _unrecorded(item: Distribution, why: str, damage: str = "record") -> DamagedFile:
    return DamagedFile(distribution=item.name, path=f"{item.path}/RECORD", damage=damage, found=why)


def _add(claims: Claims, interpreter: Interpreter, item: Distribution, lines: dict[str, str]) -> str:
    """Add the claims of one RECORD; return a path that leads out of the environment, or ""."""
    site = str(Path(item.path).parent)
    dist_info = Path(item.path).name
    claims.sites.add(site)
    strange = ""
    for parent, files in lines.items():
        folder = _place(interpreter, site, parent)
        if folder is None:
            first, _, _ = files.partition("\n")
            strange = strange or f"{parent.rstrip('/')}/{first}"
        elif folder:
            kept = _lasting(files, _REWRITTEN if parent == dist_info else frozenset())
            if kept:
                claims.folders.setdefault(folder, []).append(Share(item.name, kept))
    return strange


def _lasting(lines: str, rewritten: frozenset[str]) -> str:
    """The lines of files that stay as they were installed."""
    if not rewritten and ".pyc\n" not in lines:
        return lines
    fields = iter(lines.split("\n"))
    files = zip(fields, fields, fields, strict=True)
    return "\n".join(field for file in files if _is_lasting(file[0], rewritten) for field in file)


def _is_lasting(name: str, rewritten: frozenset[str]) -> bool:
    return not name.endswith(".pyc") and name not in rewritten


def _place(interpreter: Interpreter, site: str, parent: str) -> str | None:
    """The folder that a relative `parent` means; "" for one that is not looked at, None outside.

    `pip install --target` writes paths of scripts and data that are not where they end up
    (https://github.com/pypa/pip/issues/7658), so they count only in the
    folders of the interpreter itself and of the user site.
    """
    if parent.startswith("/"):
        return None
    if parent.endswith("__pycache__"):
        return ""
    if ".." not in parent.split("/"):
        return f"{site}/{parent}" if parent else site
    if site not in (*interpreter.site_packages, interpreter.user_site):
        return ""
    folder = os.path.normpath(f"{site}/{parent}")
    root = interpreter.prefix if site in interpreter.site_packages else str(Path(site).parents[2])
    return folder if f"{folder}/".startswith(f"{root}/") else None
