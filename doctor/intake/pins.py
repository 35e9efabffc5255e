"""Pins: the lines of a list that ask for distributions, and what of them counts for a target."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName

from doctor.core.errors import TargetError
from doctor.core.frozen import frozen
from doctor.core.packages.distribution import MOST_DISTRIBUTIONS
from doctor.intake.stated import StatedPackage
from doctor.intake.stated_platform import Said
from doctor.intake.target import StatedTarget

LARGEST = 8 * 1024 * 1024
"""Bytes that are read: the closure of vLLM with every hash of every platform has a fifth."""

MOST = MOST_DISTRIBUTIONS

MOST_FILES = 100
"""Files that a list may name with -r and -c, and they again: the largest projects have a dozen."""

_SMALLER = "give the list of one environment, such as what `pip freeze` or `uv export` writes there"


@frozen
class Pin:
    """One line that asks for a distribution.

    `version` is "" where it pins none, and `text` is then what it says; `file` is the path of the
    list as the user gave it, `line` 1-based and 0 where it is not known; `origin` as in `Distribution`.
    """

    name: str
    version: str
    text: str
    line: int
    file: str
    origin: str = "index"

    @property
    def place(self) -> str:
        """Where it stands, in words."""
        return f"line {self.line} of {Path(self.file).name}" if self.line else Path(self.file).name


@dataclass(slots=True)
class Listing:
    """What lists ask for, as far as it counts for a target.

    `unread` maps a sentence for each entry that states no version to the entry itself; `files` and `size`
    are the number of files read and their characters.
    `python`, `machine` and `torch_cuda` are what a list states of the environment besides.
    """

    target: StatedTarget
    python: Said | None = None
    machine: Said | None = None
    torch_cuda: Said | None = None
    asked: dict[str, Pin] = field(default_factory=dict)
    constraints: dict[str, Pin] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    files: int = 0
    size: int = 0

    def take(self, pin: Pin, marker: Marker | None = None, *, constraint: bool = False) -> None:
        """Take a line whose marker is met by the target.

        Raises:
            TargetError: another line pins the same distribution in another version, or there are too many.
        """
        if not self.counts(marker, pin.name):
            return
        kept = self.constraints if constraint else self.asked
        before = kept.get(pin.name)
        if before is not None and before.version and pin.version and before.version != pin.version:
            raise TargetError(
                f"{pin.name} is pinned twice: {before.version} in {before.place} and {pin.version} in {pin.place}"
            )
        if before is None or pin.version:
            kept[pin.name] = pin
        if len(kept) > MOST:
            raise too_many(Path(pin.file))

    def leave(self, entry: str, why: str) -> None:
        """Note an entry that states no version.

        Raises:
            TargetError: there are too many.
        """
        self.unread.setdefault(why, entry)
        if len(self.unread) > MOST:
            raise TargetError(f"more than {MOST:,} entries pin no version, such as {entry[:100]}", hint=_SMALLER)

    def counts(self, marker: Marker | None, name: str, extras: frozenset[str] = frozenset()) -> bool:
        """Whether a marker is met; one that depends on what nobody states is noted, and its line left out."""
        if marker is None:
            return True
        if self.target.python is None and "python" in str(marker):
            self.leave(name, f"{name} depends on the version of Python, which is not stated (--target-python)")
            return False
        return met(marker, self.target, extras)

    def settled(self) -> Iterator[StatedPackage]:
        """What has a version: by its own line, or by a constraint on a line that has none."""
        for name, pin in self.asked.items():
            source = pin if pin.version else self.constraints.get(name, pin)
            if source.version:
                yield StatedPackage(
                    name=name, version=source.version, line=source.line or None, origin=pin.origin, file=source.file
                )
            else:
                self.leave(pin.text, f"{pin.text} pins no version in {pin.place}")


def too_many(path: Path) -> TargetError:
    """The refusal of a list that names more distributions than any environment holds."""
    return TargetError(f"{path} names more than {MOST:,} distributions: no environment has as many", hint=_SMALLER)


def met(marker: Marker, target: StatedTarget, extras: frozenset[str] = frozenset()) -> bool:
    """Whether a marker is met in the environment of a target, with these names for ``extra``.

    Raises:
        TargetError: it compares something that no such environment has.
    """
    # Only packaging 26.4 and newer takes several names at once.
    extra: str | frozenset[str] = extras if len(extras) > 1 else "".join(extras)
    try:
        return marker.evaluate({**target.markers, "extra": extra})
    except (UndefinedComparison, UndefinedEnvironmentName) as error:
        raise TargetError(f"the marker {marker} cannot be evaluated: {error}") from error
    except (AttributeError, TypeError) as error:
        raise TargetError(
            "to choose several extras of a lock at once needs packaging 26.4 or newer",
            hint="pip install --upgrade packaging",
        ) from error


def read_text(path: Path, *, kind: str = "list of requirements", most: int = LARGEST, hint: str = _SMALLER) -> str:
    """The text of a list, or of another `kind` of file that has at most `most` bytes.

    Raises:
        TargetError: it cannot be read, is too large for one, or is no UTF-8.
    """
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except (OSError, ValueError) as error:
        raise TargetError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if len(content) > most:
        size = f"{most // 1024**2} MiB" if most >= 1024**2 else f"{most // 1024} KiB"
        raise TargetError(f"{path} has more than {size}: this is no {kind}", hint=hint)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TargetError(f"{path} is no UTF-8 text") from error
