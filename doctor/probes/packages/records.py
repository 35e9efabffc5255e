"""RECORD files: which files a distribution owns, with their hashes and sizes."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import NamedTuple

from doctor.core.frozen import frozen

LARGEST = 32 << 20
"""Bytes of a RECORD that are read; that of torch has 1.3 MB."""


class Line(NamedTuple):
    """One file of a RECORD: its path as written, ``sha256=...`` or "", its size or None."""

    path: str
    digest: str
    size: int | None


@frozen
class Record:
    """A parsed RECORD; `bad_lines` are the numbers (from 1) of lines that make no sense."""

    lines: tuple[Line, ...]
    bad_lines: tuple[int, ...] = ()


def parse_record(content: bytes) -> Record:
    """Parse a RECORD. Never raises.

    https://packaging.python.org/en/latest/specifications/recording-installed-packages/
    """
    text = content.decode("utf-8", "surrogateescape").replace("\r\n", "\n")
    lines: list[Line] = []
    bad: list[int] = []
    for number, raw in enumerate(text.split("\n"), start=1):
        if not raw:
            continue
        # An environment has 36,000 lines: the csv module gets only those that need it.
        fields = _quoted(raw) if '"' in raw else raw.rsplit(",", 2)
        if len(fields) != 3 or not fields[0] or "\0" in fields[0]:
            bad.append(number)
        elif not fields[2]:
            lines.append(Line(fields[0], fields[1], None))
        elif fields[2].isdecimal() and len(fields[2]) < 20:
            lines.append(Line(fields[0], fields[1], int(fields[2])))
        else:
            bad.append(number)
    return Record(lines=tuple(lines), bad_lines=tuple(bad))


def _quoted(line: str) -> list[str]:
    try:
        return next(csv.reader([line]), [])
    except csv.Error:
        return []


_SUFFIX = re.compile(rb"(?m)[^/,.\r\n]((?:\.[A-Za-z0-9_-]+)?\.so)\"?,")
# The beginnings of the lines of a RECORD; lines one after the other in one folder at the top are one match.
_FIRST = re.compile(rb"(?m)^([^/,\n]+)(?:/(?:.*\n\1/)*|(,)|$)")
_NOT_IMPORTED = (".dist-info", ".data", ".libs", ".egg-info", ".pth", ".egg-link")


def top_level_of(content: bytes) -> tuple[str, ...]:
    """Return the import names at the top of what a RECORD lists, sorted."""
    return tuple(sorted(set(_top_level(content))))


def _top_level(content: bytes) -> Iterator[str]:
    # Hashes are URL-safe base64: the first slash of a line is one of its path.
    for file, comma in set(_FIRST.findall(content)):
        name = file.lstrip(b'"').decode("utf-8", "replace")
        if name.endswith(_NOT_IMPORTED) or name.startswith("__editable__"):
            continue
        if comma:
            stem, _, suffix = name.partition(".")
            if not (suffix == "py" or suffix.endswith("so")):
                continue
            name = stem
        if name.isidentifier() and name != "__pycache__":
            yield name


def extension_suffixes_of(content: bytes) -> tuple[str, ...]:
    """Return the endings of the shared objects that a RECORD lists, such as ``.abi3.so``."""
    libraries = b"\n".join(line for line in content.split(b"\n") if b".so" in line)
    return tuple(sorted({suffix.decode("ascii") for suffix in _SUFFIX.findall(libraries)}))
