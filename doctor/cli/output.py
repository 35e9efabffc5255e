"""Writing results: to standard output, or to a file as a whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from pathlib import Path

import click

from doctor.core.errors import DoctorError
from doctor.core.redaction import redact
from doctor.formats.clean import clean


class OutputError(DoctorError):
    """Standard output or the file for the results cannot be written."""


def write(text: str, path: Path | None, *, verbatim: bool = False) -> None:
    """Write `text` to the file `path`, or to standard output when that is None or ``-``.

    Whatever has the form of a secret is left out, except where `verbatim` says that the text is no report.

    A reader that has gone away (``doctor check | head -1``) is not an error: the verdict is in
    the exit code.

    Raises:
        OutputError: it cannot be written; a file that was there before is as it was.
    """
    text = text if verbatim else redact(text)
    if path is not None and str(path) != "-":
        write_bytes(text.encode("utf-8", "backslashreplace"), path)
        return
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        discard_standard_output()
    except OSError as error:
        discard_standard_output()
        raise OutputError(f"standard output cannot be written: {error.strerror}") from error


def show(text: str) -> None:
    """Write lines to standard output, without what would control the terminal in any of them.

    Raises:
        OutputError: standard output cannot be written.
    """
    write("\n".join(map(clean, text.split("\n"))), None)


def tell(line: str) -> None:
    """Write a line to standard error, without secrets and without what would control the terminal."""
    click.echo(clean(line), err=True)


class Relay:
    """Hands what a child prints on to standard error, line by line: a secret may come in two pieces."""

    LONGEST = 1 << 16
    """Bytes of a line that are waited for."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> None:
        """Take a piece of any length."""
        self._rest += chunk
        end = max(self._rest.rfind(b"\n"), self._rest.rfind(b"\r")) + 1
        self._write(end or (len(self._rest) if len(self._rest) > self.LONGEST else 0))

    def end(self) -> None:
        """Write what is left."""
        self._write(len(self._rest))

    def _write(self, end: int) -> None:
        done, self._rest = self._rest[:end], self._rest[end:]
        if done:
            # Whatever is no text goes through as it came.
            sys.stderr.buffer.write(redact(done.decode(errors="surrogateescape")).encode(errors="surrogateescape"))
            sys.stderr.buffer.flush()


def require_folder(path: Path) -> None:
    """Refuse a file that cannot be written because its folder is not there, or may not be written to.

    Raises:
        OutputError: it cannot.
    """
    folder = Path(os.path.realpath(path.expanduser())).parent
    try:
        is_folder = stat.S_ISDIR(folder.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        is_folder = False
    except OSError as error:  # a folder above that is closed
        raise OutputError(f"{path} cannot be written: {folder}: {error.strerror}") from error
    if not is_folder:
        raise OutputError(f"{path} cannot be written: there is no folder {folder}")
    if not os.path.exists(path) and not os.access(folder, os.W_OK | os.X_OK):  # noqa: PTH110 - Path raises where it is closed
        raise OutputError(f"{path} cannot be written: {folder} may not be written to")


def append(text: str, path: Path, limit: int) -> None:
    """Append `text` to the file `path`, cut at the end of a line before `limit` bytes.

    Raises:
        OutputError: it cannot be written.
    """
    content = redact(text).encode("utf-8", "backslashreplace")
    if len(content) > limit:
        content = content[:limit].rpartition(b"\n")[0] + b"\n\n... cut here\n"
    try:
        with path.open("ab") as file:
            file.write(content)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}") from error


def discard_standard_output() -> None:
    """Point stdout at /dev/null, or Python's flush at exit fails again and changes the exit code.

    See https://docs.python.org/3/library/signal.html#note-on-sigpipe.
    """
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write_bytes(content: bytes, path: Path) -> None:
    """Write `content` to the file `path`.

    Raises:
        OutputError: it cannot be written; a file that was there before is as it was.
    """
    try:
        if path.exists() and not path.is_file():
            # A device or a named pipe cannot be replaced, and writing to it is what is wanted.
            path.write_bytes(content)
        else:
            _replace(Path(os.path.realpath(path)), content)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}") from error


def _replace(path: Path, content: bytes) -> None:
    import tempfile  # late: most results go to standard output

    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            os.fchmod(number, path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
