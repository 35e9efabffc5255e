"""Reading the headers of METADATA and PKG-INFO, and the requirements of an egg-info."""

from __future__ import annotations

import errno
import os
import re

from doctor.core.frozen import frozen
from doctor.probes.regular_file import open_regular

_CHUNK = 16384
_LONGEST = 1 << 20
"""Bytes of headers; those of the largest real ones, with a thousand requirements, have a tenth of that."""

_EMPTY_LINE = re.compile(rb"\n\r?\n")
_WANTED = (b"name", b"version", b"requires-python", b"requires-dist")
# A header goes on in the lines after it that begin with a blank; the first empty line ends them all.
# (A pattern that begins with the end of the line before is searched three times as fast as one with `^`.)
_END = re.compile(rb"\n\r*(?:\n|\Z)")
_WANTED_HEADER = re.compile(rb"(?i)\n(%s)[ \t]*:(.*(?:\n[ \t].*)*)" % b"|".join(_WANTED))


@frozen
class Headers:
    """The headers that matter here; "" and () where a header is not there."""

    name: str = ""
    version: str = ""
    requires_python: str = ""
    requires: tuple[str, ...] = ()


def read_headers(path: str) -> bytes:
    """Read a metadata file up to its first blank line; the description below is not needed.

    Raises:
        OSError: it cannot be read, is a pipe or a device, which would never end, or its headers are longer than any.
    """
    with os.fdopen(open_regular(path), "rb") as file:
        chunks = [file.read(_CHUNK)]
        # The end may lie across two chunks.
        while not _EMPTY_LINE.search(b"".join(chunks[-2:])) and (more := file.read(_CHUNK)):
            chunks.append(more)
            if len(chunks) * _CHUNK > _LONGEST:
                raise OSError(errno.EFBIG, f"its headers have more than {_LONGEST >> 20} MiB")
    return b"".join(chunks)


def parse_headers(content: bytes) -> Headers:
    """Parse the headers of a METADATA or PKG-INFO file. Never raises.

    The format is that of e-mail headers in UTF-8; old tools wrote Latin-1
    (https://packaging.python.org/en/latest/specifications/core-metadata/).
    """
    content = b"\n" + content.removeprefix(b"\xef\xbb\xbf")
    end = _END.search(content)
    found: dict[bytes, list[str]] = {name: [] for name in _WANTED}
    for name, value in _WANTED_HEADER.findall(content, 0, end.start() if end else len(content)):
        found[name.lower()].append(_text(b" ".join(line.strip() for line in value.split(b"\n"))))
    first = {name: values[0] if values else "" for name, values in found.items()}
    return Headers(
        name=first[b"name"],
        version=first[b"version"],
        requires_python=first[b"requires-python"],
        requires=tuple(found[b"requires-dist"]),
    )


def parse_requires_txt(content: bytes) -> tuple[str, ...]:
    """Turn the requires.txt of an egg-info into Requires-Dist lines. Never raises.

    A section ``[extra:marker]`` qualifies the lines below it
    (https://setuptools.pypa.io/en/latest/deprecated/python_eggs.html#requires-txt).
    """
    lines: list[str] = []
    condition = ""
    for line in _text(content).splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("[") and line.endswith("]"):
            extra, _, marker = line[1:-1].partition(":")
            parts = [f"({marker})"] if marker else []
            parts += [f'extra == "{extra}"'] if extra else []
            condition = " and ".join(parts)
        else:
            lines.append(f"{line} ; {condition}" if condition else line)
    return tuple(lines)


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
