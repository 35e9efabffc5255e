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
    rows, bad = split_record(content)
    lines = tuple(Line(path, digest, int(size) if size else None) for path, digest, size in rows)
    return Record(lines=lines, bad_lines=bad)


def split_record(content: bytes) -> tuple[list[list[str]], tuple[int, ...]]:
    """The path, hash and size of each line of a RECORD as they are written, and the numbers of its bad lines.

    No hash and no size holds a comma, and a size is a decimal number or "". Never raises.
    """
    rows: list[list[str]] = []
    bad: list[int] = []
    for number, raw in enumerate(_text(content).split("\n"), start=1):
        if not raw:
            continue
        # The csv module gets only those that need it.
        fields = _quoted(raw) if '"' in raw else raw.rsplit(",", 2)
        if len(fields) == 3 and fields[0] and _is_size(fields[2]) and "\0" not in fields[0]:
            rows.append(fields)
        else:
            bad.append(number)
    return rows, tuple(bad)


# With twice as many commas as lines, each of these is one line. (`[^,]` is searched three times as fast as `[^,\n]`.)
_PLAIN_LINES = re.compile(r"(?:[^,]+,[^,]*,[0-9]{0,19}\n)*")
# Lines one after the other that name files of one folder.
_RUN = re.compile(r"((?:[^,\n]*/)?)[^,\n]*,.*\n(?:\1[^/,\n]*,.*\n)*")


def lines_by_folder(content: bytes) -> tuple[dict[str, str], tuple[int, ...]]:
    """The files of a RECORD by the folder as it is written, ``/`` for the root, and its bad lines.

    Of each file three lines: its name, hash and size, which may be "". An environment has 36,000 files, of which
    hardly one needs to be looked at by itself. Never raises.
    """
    text = _text(content)
    quoted = ""
    if '"' in text:
        # A name that holds a comma, as those of vLLM's tuned configurations do, stands in quotes.
        lines = text.split("\n")
        quoted = "\n".join(line for line in lines if '"' in line)
        text = "\n".join(line for line in lines if '"' not in line)
    text += "" if text.endswith("\n") else "\n"
    plain = "\0" not in text and text.count(",") == 2 * text.count("\n") and _PLAIN_LINES.fullmatch(text)
    rows, bad = split_record(quoted.encode("utf-8", "surrogateescape") if plain else content)
    if bad and plain:
        plain, (rows, bad) = None, split_record(content)
    found: dict[str, list[str]] = {}
    for path, digest, size in rows:
        parent, slash, name = path.rpartition("/")
        found.setdefault(parent or slash, []).append(f"{name}\n{digest}\n{size}")
    for match in _RUN.finditer(text) if plain else ():
        parent, lines_of_run = match[1], match[0]
        names = lines_of_run[len(parent) : -1].replace(f"\n{parent}", "\n") if parent else lines_of_run[:-1]
        found.setdefault(parent[:-1] or parent, []).append(names.replace(",", "\n"))
    return {parent: "\n".join(runs) for parent, runs in found.items()}, bad


def _text(content: bytes) -> str:
    text = content.decode("utf-8", "surrogateescape")
    # Looking for one letter is much faster than for two, and hardly a RECORD has it.
    return text.replace("\r\n", "\n") if "\r" in text else text


def _is_size(text: str) -> bool:
    return not text or (text.isdecimal() and len(text) < 20)


def _quoted(line: str) -> list[str]:
    try:
        fields = next(csv.reader([line]), [])
    except csv.Error:
        return []
    return [] if any("," in field for field in fields[1:]) else fields


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
    libraries = b"\n".join(lines_with(b".so", content))
    return tuple(sorted({suffix.decode("ascii") for suffix in _SUFFIX.findall(libraries)}))


def lines_with(letters: bytes, content: bytes) -> Iterator[bytes]:
    """Yield the lines that hold these letters, without their ends.

    Few lines of a RECORD name a library, and looking for the letters is many times faster than looking at each line.
    """
    end = -1
    while (place := content.find(letters, end + 1)) >= 0:
        start = content.rfind(b"\n", 0, place) + 1
        end = content.find(b"\n", place)
        end = len(content) if end < 0 else end
        yield content[start:end]
