"""Reading one installed distribution from its dist-info or egg-info."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from packaging.utils import canonicalize_name

from doctor.core.fact import Fact, Known, Reason, Source, SourceKind, Unknown
from doctor.core.packages.distribution import Distribution
from doctor.probes.packages.folders import may_exist, printable
from doctor.probes.packages.metadata import Headers, parse_headers, parse_requires_txt, read_headers
from doctor.probes.packages.records import LARGEST, extension_suffixes_of, top_level_of
from doctor.probes.regular_file import read_regular

_STEM = re.compile(r"(?P<name>.+?)-(?P<version>[^-]+)(?:-py\d[\d.]*)?(?:-.+)?$")


def is_metadata(name: str) -> bool:
    """Whether an entry of a search-path folder is the metadata of a distribution."""
    return name.endswith((".dist-info", ".egg-info")) and not name.startswith("~")


def read_distribution(folder: str, entry: str, tags: frozenset[str], editable: bool = False) -> Distribution | None:
    """Read the distribution whose metadata is `entry` in `folder`.

    `tags` are the wheel tags that the interpreter takes, empty when they are not known;
    `editable` says that an egg-link leads here. None for a folder with neither METADATA nor
    RECORD: that is what an interrupted removal leaves, not a distribution.
    """
    # Text from here on: an environment has hundreds of these, and a Path takes as long to make as a file to open.
    path = str(Path(folder, entry))
    if entry == "EGG-INFO":
        stem = Path(folder).name.removesuffix(".egg")
    else:
        stem = entry.removesuffix(".dist-info").removesuffix(".egg-info")
    files = _regular_files(path)
    if files is None:
        return _build(path, stem, path, (), editable=editable)
    name = "METADATA" if entry.endswith(".dist-info") else "PKG-INFO"
    file = f"{path}/{name}"
    if name not in files and "RECORD" not in files and not may_exist(file):
        return None
    wheel_tags = _wheel_tags(path) if "WHEEL" in files else ()
    record = _read(f"{path}/RECORD", LARGEST) if "RECORD" in files else b""
    suits = not tags or not wheel_tags or any(tag in tags for tag in wheel_tags)
    installer = _installer(path, files)
    origin, detail = _origin(path, files, editable, installer.lower())
    top_level = set(top_level_of(record))
    if "top_level.txt" in files and (not record or origin == "editable"):
        top_level |= set(_read(f"{path}/top_level.txt").decode("utf-8", "replace").split())
    return _build(
        path,
        stem,
        file,
        files,
        wheel_tags=wheel_tags,
        installer=installer,
        origin=origin,
        origin_detail=detail,
        top_level=tuple(sorted(printable(name) for name in top_level)),
        requested="REQUESTED" in files,
        extension_suffixes=() if suits else extension_suffixes_of(record),
        editable=editable,
    )


def _build(
    path: str, stem: str, file: str, files: Iterable[str], *, editable: bool = False, **details: Any
) -> Distribution:
    match = _STEM.match(stem)
    name, version = (match["name"], match["version"]) if match else (stem, "")
    source = Source(kind=SourceKind.DIST_INFO, where=printable(file))
    requires: Fact[tuple[str, ...]]
    requires_python: Fact[str]
    try:
        headers = parse_headers(read_headers(file))
        lines = _requirements(path, headers, files)
    except OSError as error:
        reason = Reason.NO_PERMISSION if isinstance(error, PermissionError) else Reason.MALFORMED
        detail = f"{source.where}: {error.strerror}"
        requires = Unknown(reason=reason, detail=detail, source=source)
        requires_python = Unknown(reason=reason, detail=detail, source=source)
    else:
        if headers.name and headers.version:
            name, version = headers.name, headers.version
            requires = Known(value=tuple(printable(line) for line in lines), source=source)
            requires_python = Known(value=printable(headers.requires_python), source=source)
        else:
            detail = f"{source.where} states no name and version"
            requires = Unknown(reason=Reason.MALFORMED, detail=detail, source=source)
            requires_python = Unknown(reason=Reason.MALFORMED, detail=detail, source=source)
    if editable:
        details["origin"] = "editable"
    return Distribution(
        name=printable(str(canonicalize_name(name)))[:200],
        version=printable(version)[:200],
        path=printable(path),
        requires=requires,
        requires_python=requires_python,
        **details,
    )


def _requirements(path: str, headers: Headers, files: Iterable[str]) -> tuple[str, ...]:
    # setuptools wrote requirements into PKG-INFO only from 68.? on; requires.txt is always there.
    if not path.endswith(".dist-info") and "requires.txt" in files:
        return parse_requires_txt(Path(path, "requires.txt").read_bytes())
    return headers.requires


def _regular_files(path: str) -> frozenset[str] | None:
    """The names of files in a metadata folder, None for what is a file itself; a pipe or device would hang a reader."""
    try:
        with os.scandir(path) as entries:
            return frozenset(entry.name for entry in entries if _is_file(entry))
    except NotADirectoryError:
        return None if Path(path).is_file() else frozenset()
    except OSError:
        return frozenset()


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False


def _read(path: str, most: int = 1 << 20) -> bytes:
    """Read a file that only adds detail; what cannot be read, or is larger than any, adds none."""
    try:
        return read_regular(path, most)
    except OSError:
        return b""


def _wheel_tags(path: str) -> tuple[str, ...]:
    """The tags of WHEEL, one by one: ``py2.py3-none-any`` stands for two."""
    found = []
    for line in _read(f"{path}/WHEEL").decode("utf-8", "replace").splitlines():
        name, _, value = line.partition(":")
        parts = value.strip().split("-")
        if name.strip().lower() == "tag" and len(parts) == 3:
            found += [
                f"{p}-{a}-{s}" for p in parts[0].split(".") for a in parts[1].split(".") for s in parts[2].split(".")
            ]
    return tuple(printable(tag) for tag in found[:64])


def _installer(path: str, files: frozenset[str]) -> str:
    if "INSTALLER" not in files:
        return ""
    return printable(_read(f"{path}/INSTALLER").decode("utf-8", "replace").strip())[:50]


# Installers that are not those of Python: they keep their own lists of files.
_SYSTEM_INSTALLERS = {"debian", "rpm", "dnf", "apt", "pacman", "portage", "nix", "guix", "pkg"}


def _origin(path: str, files: frozenset[str], editable: bool, installer: str) -> tuple[str, str]:
    if "direct_url.json" in files:
        return _direct_url(_read(f"{path}/direct_url.json"))
    if installer == "conda":
        return "conda", ""
    # Debian's packages lie in python3/dist-packages and name no installer
    # (https://www.debian.org/doc/packaging-manuals/python-policy/).
    debian = not installer and Path(path).parent.name == "dist-packages"
    if debian or installer in _SYSTEM_INSTALLERS:
        return "system", ""
    return ("editable" if editable else "index"), ""


def _direct_url(content: bytes) -> tuple[str, str]:
    """The origin that direct_url.json states (PEP 610), its address without credentials."""
    try:
        stated = json.loads(content)
        url = str(stated["url"])
        parts = urlsplit(url)
    except (ValueError, KeyError, TypeError, RecursionError):
        return "url", ""
    # A token may also stand in the query or the fragment.
    address = printable(urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", "")))
    details = stated.get("dir_info")
    if isinstance(details, dict):
        return ("editable" if details.get("editable") is True else "local"), address
    vcs = stated.get("vcs_info")
    if isinstance(vcs, dict):
        return "vcs", f"{printable(str(vcs.get('vcs', '')))}+{address}@{printable(str(vcs.get('commit_id', '')))}"
    return ("local" if parts.scheme == "file" else "url"), address


def record_of(distribution: Distribution) -> Path | None:
    """The RECORD of a distribution, or None when there is no regular file of that name."""
    path = Path(distribution.path, "RECORD")
    try:
        return path if stat.S_ISREG(path.stat().st_mode) else None
    except (OSError, ValueError):
        return None
