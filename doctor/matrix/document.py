"""Reading one matrix file: bytes, text, TOML, and where its values stand."""

from __future__ import annotations

import re
import stat
import sys
from dataclasses import field
from pathlib import Path
from typing import Any

from doctor.core.frozen import light_dataclass
from doctor.core.toml import MOST_PARTS, deep_line
from doctor.matrix.fault import Fault
from doctor.matrix.locate import Place, locate, nearest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LIMIT = 2 * 1024 * 1024
"""Bytes that a matrix file may have; the whole shipped matrix has a hundredth of that."""

_SYNTAX = re.compile(r"(?P<what>.*?) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$", re.DOTALL)


@light_dataclass()
class Document:
    """A file as TOML: `tables` is what tomllib made of it, `faults` is what is wrong with it."""

    name: str
    text: str = ""
    tables: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    _positions: dict[Place, tuple[int, int]] | None = None

    def report(self, place: Place, message: str) -> None:
        """Note an error at a place of this file."""
        self.faults.append(self.fault(place, message))

    def fault(self, place: Place, message: str) -> Fault:
        """An error at a place of this file, or at what that place is in."""
        # Walking over the text costs more than decoding it, so only a file with errors pays.
        if self._positions is None:
            self._positions = locate(self.text)
        line, column = nearest(self._positions, place)
        return Fault(file=self.name, line=line, column=column, message=message)


def read_file(path: Path) -> Document:
    """Read the file `path`; whatever is wrong with it stands in the document's faults."""
    name = str(path)
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            kind = "a directory" if stat.S_ISDIR(mode) else "no regular file"
            return _broken(name, f"expected a TOML file, found {kind}")
        with path.open("rb") as file:
            content = file.read(LIMIT + 1)
    except OSError as error:
        return _broken(name, f"the file cannot be read: {error.strerror or error}")
    except ValueError as error:  # a path with a null character
        return _broken(name, f"the file cannot be read: {error}")
    return parse(name, content)


def parse(name: str, content: bytes) -> Document:
    """Parse the bytes of a file that errors call `name`."""
    if len(content) > LIMIT:
        return _broken(name, f"expected at most {LIMIT // 1024**2} MiB, found more: this is too large to be a matrix")
    if not content.strip():
        return _broken(name, "expected a matrix, found an empty file")
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        return _broken(name, f"expected UTF-8 text, found the byte 0x{content[error.start]:02x}", line, column)
    if text.startswith("\ufeff"):
        return _broken(name, "expected TOML, found a byte order mark: save the file as UTF-8 without it")
    deep = deep_line(text)
    if deep:
        return _broken(name, f"expected a matrix, found a key of more than {MOST_PARTS} parts", deep)
    try:
        return Document(name, text, parse_tables(text))
    except RecursionError:
        return _broken(name, "expected a matrix, found arrays or tables that are nested too deeply")
    except ValueError as error:  # TOMLDecodeError is one, and so is an integer of thousands of digits
        return _syntax_error(name, text, error)


def parse_tables(text: str) -> dict[str, Any]:
    """The tables of a text in TOML.

    Raises:
        ValueError: it is none.
    """
    tables: dict[str, Any] = tomllib.loads(text)
    return tables


def _syntax_error(name: str, text: str, error: ValueError) -> Document:
    match = _SYNTAX.match(str(error))
    if match is None:
        return _broken(name, f"this is not TOML: {str(error)[:300]}")
    lines = text.split("\n")
    line = int(match["line"] or len(lines))
    column = int(match["column"] or len(lines[-1]) + 1)
    where = "" if match["line"] else " at the end of the file"
    return _broken(name, f"this is not TOML: {match['what'][:300]}{where}", line, column)


def _broken(name: str, message: str, line: int = 1, column: int = 1) -> Document:
    return Document(name, faults=[Fault(file=name, line=line, column=column, message=message)])
