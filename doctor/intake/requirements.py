"""The lines of a requirements file: https://pip.pypa.io/en/stable/reference/requirements-file-format/.

Only exact pins state a version. What is installed from a folder, a repository or an address without
a version is noted, and nothing is judged of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from doctor.core.errors import TargetError
from doctor.core.frozen import frozen
from doctor.intake.pins import LARGEST, MOST, MOST_FILES, Listing, Pin, read_text, too_many

DEEPEST = 20
"""Files that may name each other with -r and -c."""

_MOST_STATEMENTS = 4 * MOST
"""Statements of a file: a distribution may have one for each platform."""

LABELLED = ("torch", "torchvision", "torchaudio")
"""What https://download.pytorch.org/whl/cu121 and its like have builds of, under versions with the label ``+cu121``."""

_HASH = re.compile(r"\s--hash[= ]\S+")
_COMMENT = re.compile(r"(^|\s)#.*$")
_NESTED = re.compile(r"(?P<option>-r|--requirement|-c|--constraint)[ =]?\s*(?P<file>\S.*)")
_INDEX = re.compile(r"(?:-i|--index-url|--extra-index-url|-f|--find-links)[ =]\s*(?P<address>\S+)")
_LABEL = re.compile(r"download\.pytorch\.org/whl/(?:nightly/)?(?P<label>cpu|xpu|cu\d{2,3}|rocm[\d.]+)(?:/|$)")
_EDITABLE = re.compile(r"(?:-e|--editable)[ =]?\s*(?P<place>.*)")
_REPOSITORY = re.compile(r"(?:git|hg|svn|bzr)\+\S+", re.IGNORECASE)
_ARCHIVE = re.compile(r"(?:https?|file):\S+", re.IGNORECASE)
_FOLDER = re.compile(r"\.{0,2}/\S*|\.{1,2}(?:\[.*\])?")
_EGG = re.compile(r"[#&]egg=(?P<name>[\w.-]+)")
_PASSWORD = re.compile(r"(?<=://)[^/\s@]+@")


@frozen
class Statement:
    """A statement of a requirements file: its text, the file it stands in and its 1-based line there."""

    text: str
    line: int
    path: Path

    def pin(self, name: str, version: str, text: str = "", origin: str = "index") -> Pin:
        """What it asks for."""
        return Pin(name=name, version=version, text=text or name, line=self.line, file=str(self.path), origin=origin)


def read(path: Path, listing: Listing) -> None:
    """Read a requirements file, and those that it names; see `list_requirements`."""
    list_requirements(path, listing)


def list_requirements(
    path: Path, listing: Listing, *, constraint: bool = False, label: str = "", depth: int = 0
) -> None:
    """Read a requirements file, and those that it names; `label` as in `take_requirement`.

    Raises:
        TargetError: one cannot be read, a line is no requirement, or two contradict each other.
    """
    if depth > DEEPEST:
        raise TargetError(f"{path}: more than {DEEPEST} files name each other with -r or -c")
    text = read_text(path)
    listing.files += 1
    listing.size += len(text)
    if listing.files > MOST_FILES or listing.size > LARGEST:  # each may name the next one several times
        most = f"{MOST_FILES} files or {LARGEST // 1024**2} MiB"
        raise TargetError(f"{path}: more than {most} are named with -r and -c")
    found = islice(_statements(text), _MOST_STATEMENTS + 1)
    statements = [Statement(text=item, line=line, path=path) for line, item in found]
    if len(statements) > _MOST_STATEMENTS:
        raise too_many(path)
    label = next((named for item in statements if (named := label_of(item.text))), label)
    for statement in statements:
        nested = _NESTED.fullmatch(statement.text)
        if nested:
            inner = path.parent / nested["file"].strip()
            within = constraint or nested["option"] in ("-c", "--constraint")
            list_requirements(inner, listing, constraint=within, label=label, depth=depth + 1)
        else:
            take_requirement(statement, listing, constraint=constraint, label=label)


def take_requirement(statement: Statement, listing: Listing, *, constraint: bool = False, label: str = "") -> None:
    """Take one requirement, in the forms that pip takes; other options are passed over.

    `label` is that of the index of torch it is taken from (``cu121``), or "".

    Raises:
        TargetError: it is none.
    """
    text = statement.text
    editable = _EDITABLE.fullmatch(text)
    what = editable["place"] if editable else text
    if not editable and what.startswith("-"):
        return
    if _is_wheel(what):
        name, version = _of_wheel(what, statement)
        listing.take(statement.pin(name, version, origin="url"), constraint=constraint)
    elif editable or _REPOSITORY.match(what) or _ARCHIVE.match(what) or _FOLDER.fullmatch(what):
        _leave(what, "-e " if editable else "", statement, listing)
    else:
        pin, marker = _asked(statement, label)
        listing.take(pin, marker, constraint=constraint)


def label_of(text: str) -> str:
    """The label of the builds of torch that an option of an index brings in (``cu121``), or ""."""
    option = _INDEX.match(text)
    found = _LABEL.search(option["address"]) if option else None
    return found["label"] if found else ""


def _leave(what: str, option: str, statement: Statement, listing: Listing) -> None:
    egg = _EGG.search(what)
    kind = "a repository" if _REPOSITORY.match(what) else "an archive" if _ARCHIVE.match(what) else "a folder"
    shown = f"{option}{egg['name'] if egg else _PASSWORD.sub('***@', what)[:100]}"
    place = f"line {statement.line} of {statement.path.name}"
    listing.leave(shown, f"{place} installs from {kind}, which states no version: {shown}")


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """The statements of a requirements file with the 1-based lines that they begin in."""
    parts: list[str] = []
    first = 0
    for number, line in enumerate([*text.splitlines(), ""], start=1):
        first = first if parts else number
        if line.endswith("\\"):
            parts.append(line[:-1])
            continue
        whole = _HASH.sub("", _COMMENT.sub("", " ".join([*parts, line]))).strip()
        parts = []
        if whole:
            yield first, whole


def _asked(statement: Statement, label: str) -> tuple[Pin, Marker | None]:
    try:
        requirement = Requirement(statement.text)
    except InvalidRequirement as error:
        place = f"line {statement.line} of {statement.path}"
        raise TargetError(f"{place} is no requirement: {statement.text[:100]}") from error
    name = str(canonicalize_name(requirement.name))
    if requirement.url:
        wheel = requirement.url.partition("#")[0]
        version = _of_wheel(wheel, statement)[1] if wheel.endswith(".whl") else ""
        return statement.pin(name, version, origin="url"), requirement.marker
    version = _pin(requirement.specifier)
    if label and name in LABELLED and version and "+" not in version:
        version = f"{version}+{label}"
    return statement.pin(name, version, f"{name}{requirement.specifier}"), requirement.marker


def _is_wheel(text: str) -> bool:
    return text.partition("#")[0].endswith(".whl") and " @ " not in text


def _of_wheel(address: str, statement: Statement) -> tuple[str, str]:
    """Name and version of a wheel's file name; the address itself may hold a password and is not shown."""
    from urllib.parse import unquote

    try:
        name, version, _, _ = parse_wheel_filename(unquote(address.partition("#")[0].rpartition("/")[2]))
    except InvalidWheelFilename as error:
        raise TargetError(f"line {statement.line} of {statement.path} names a wheel that is none") from error
    return str(name), str(version)


def _pin(specifier: SpecifierSet) -> str:
    pins = [item.version for item in specifier if item.operator in ("==", "===") and not item.version.endswith(".*")]
    return pins[0] if len(pins) == 1 else ""
