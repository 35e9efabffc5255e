"""An environment that is not installed yet: a list of pinned requirements, or a ``pylock.toml``.

A line that pins no version states none: it is named among what could not be read, and nothing is
judged of it. Formats: https://pip.pypa.io/en/stable/reference/requirements-file-format/ and
https://packaging.python.org/en/latest/specifications/pylock-toml/.
"""

from __future__ import annotations

import datetime
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from doctor import __version__
from doctor.core.errors import TargetError
from doctor.core.fact import SourceKind
from doctor.core.snapshot import Snapshot, snapshot_of
from doctor.intake.stated import Stated, StatedPackage, facts_of
from doctor.intake.stated_platform import Said, interpreter_of

LARGEST = 16 * 1024 * 1024
"""Bytes that are read: the closure of vLLM with every hash of every platform has a tenth."""

DEEPEST = 20
"""Files that may name each other with -r and -c."""

_PYTHON = re.compile(r"\d\.\d{1,3}(\.\d{1,3})?")
_PYLOCK = re.compile(r"pylock\.([^.]+\.)?toml")
_HASH = re.compile(r"\s--hash[= ]\S+")
_COMMENT = re.compile(r"(^|\s)#.*$")
_NESTED = re.compile(r"(?P<option>-r|--requirement|-c|--constraint)[ =]?\s*(?P<file>\S.*)")
_FOLDER = re.compile(r"(-e|--editable)[ =]?\s*(?P<place>.*)|(?P<path>\.{0,2}/\S*|file:\S*)")


def read_requirements(path: Path, *, python: str = "") -> Snapshot:
    """Read `path` as what is to be installed into a Python of version `python` ("" is not stated).

    Raises:
        TargetError: it cannot be read, a line is no requirement, two lines contradict each other,
            or no version is pinned at all.
    """
    if python and not _PYTHON.fullmatch(python):
        raise TargetError(f"{python} is no version of Python", hint="give one like 3.11")
    reading = _Reading(python)
    if _PYLOCK.fullmatch(path.name):
        reading.lock(path)
    else:
        reading.file(path, 0, constraint=False)
    packages = tuple(reading.settled())
    if not packages:
        raise TargetError(f"{path} pins no version with ==", hint=f"`uv pip compile {path}` pins what it asks for")
    stated = Stated(
        where=str(path),
        kind=SourceKind.LOCK,
        python=Said(python) if python else None,
        packages=packages,
        form=path.name,
        unread=tuple(reading.unread),
    )
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    return snapshot_of(str(path), taken_at=now, version=__version__, facts=facts_of(stated))


@dataclass(frozen=True, slots=True)
class _Asked:
    """One line that asks for a distribution; `version` is "" where it pins none."""

    name: str
    version: str
    text: str
    line: int
    file: str
    origin: str = "index"


@dataclass(slots=True)
class _Reading:
    python: str
    asked: dict[str, _Asked] = field(default_factory=dict)
    constraints: dict[str, _Asked] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)

    def file(self, path: Path, depth: int, *, constraint: bool) -> None:
        """Read a requirements file, and those that it names."""
        if depth > DEEPEST:
            raise TargetError(f"{path}: more than {DEEPEST} files name each other with -r or -c")
        for number, text in _statements(_text(path)):
            nested = _NESTED.fullmatch(text)
            if nested:
                inner = path.parent / nested["file"].strip()
                self.file(inner, depth + 1, constraint=constraint or nested["option"] in ("-c", "--constraint"))
                continue
            folder = _FOLDER.fullmatch(text)
            if folder and not text.endswith(".whl"):
                self.unread.append(f"line {number} of {path.name} installs from a folder, which states no version")
            elif not text.startswith("-"):
                self._take(_asked(text, number, path), constraint=constraint)

    def lock(self, path: Path) -> None:
        """Read a ``pylock.toml``."""
        try:
            from packaging.pylock import Pylock, PylockValidationError
        except ImportError as error:
            raise TargetError(f"{path} needs packaging 26 or newer", hint="pip install --upgrade packaging") from error
        if sys.version_info >= (3, 11):
            import tomllib
        else:
            import tomli as tomllib
        try:
            lock = Pylock.from_dict(tomllib.loads(_text(path)))
        except (tomllib.TOMLDecodeError, PylockValidationError) as error:
            raise TargetError(f"{path} is no pylock.toml: {error}") from error
        if self.python and lock.requires_python and not lock.requires_python.contains(self.python, prereleases=True):
            raise TargetError(f"{path} is for Python {lock.requires_python}, and the target is {self.python}")
        for package in lock.packages:
            name = str(package.name)
            if not self._counts(package.marker, name):
                continue
            if package.version is None:
                self.unread.append(f"{name} has no version in {path.name}")
                continue
            origin = "vcs" if package.vcs else "local" if package.directory else "url" if package.archive else "index"
            self._take((_Asked(name, str(package.version), name, 0, path.name, origin), None), constraint=False)

    def _take(self, found: tuple[_Asked, Marker | None], *, constraint: bool) -> None:
        asked, marker = found
        if not self._counts(marker, asked.name):
            return
        kept = self.constraints if constraint else self.asked
        before = kept.get(asked.name)
        if before is not None and before.version and asked.version and before.version != asked.version:
            raise TargetError(
                f"{asked.name} is pinned twice: {before.version} in line {before.line} of {before.file} and"
                f" {asked.version} in line {asked.line} of {asked.file}"
            )
        if before is None or asked.version:
            kept[asked.name] = asked

    def _counts(self, marker: Marker | None, name: str) -> bool:
        """Whether a line is for the target; one whose marker cannot be judged is noted and left out."""
        if marker is None:
            return True
        if not self.python and "python" in str(marker):
            self.unread.append(f"{name} depends on the version of Python, which is not stated (--target-python)")
            return False
        interpreter, _ = interpreter_of(Said(self.python) if self.python else None, None, conda="")
        return marker.evaluate({**interpreter.markers, "extra": ""})

    def settled(self) -> Iterator[StatedPackage]:
        """What has a version: by its own line, or by a constraint on a line that has none."""
        for name, asked in self.asked.items():
            source = asked if asked.version else self.constraints.get(name, asked)
            if source.version:
                yield StatedPackage(name=name, version=source.version, line=source.line or None, origin=asked.origin)
            else:
                self.unread.append(f"{asked.text} pins no version in line {asked.line} of {asked.file}")


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        raise TargetError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if len(content) > LARGEST:
        raise TargetError(f"{path} has more than {LARGEST // 1024**2} MiB: this is no list of requirements")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TargetError(f"{path} is no UTF-8 text") from error


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


def _asked(text: str, number: int, path: Path) -> tuple[_Asked, Marker | None]:
    if text.endswith(".whl") and " @ " not in text:
        name, version = _of_wheel(text, number, path)
        return _Asked(name, version, name, number, path.name, "url"), None
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        raise TargetError(f"line {number} of {path} is no requirement: {text[:100]}") from error
    name = str(canonicalize_name(requirement.name))
    if requirement.url:
        wheel = requirement.url.partition("#")[0]
        version = _of_wheel(wheel, number, path)[1] if wheel.endswith(".whl") else ""
        return _Asked(name, version, name, number, path.name, "url"), requirement.marker
    shown = f"{name}{requirement.specifier}"
    return _Asked(name, _pin(requirement.specifier), shown, number, path.name), requirement.marker


def _of_wheel(address: str, number: int, path: Path) -> tuple[str, str]:
    """Name and version of a wheel's file name; the address itself may hold a password and is not shown."""
    from urllib.parse import unquote

    try:
        name, version, _, _ = parse_wheel_filename(unquote(address.rpartition("/")[2]))
    except InvalidWheelFilename as error:
        raise TargetError(f"line {number} of {path} names a wheel that is none") from error
    return str(name), str(version)


def _pin(specifier: SpecifierSet) -> str:
    pins = [item.version for item in specifier if item.operator in ("==", "===") and not item.version.endswith(".*")]
    return pins[0] if len(pins) == 1 else ""
