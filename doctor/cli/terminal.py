"""What the terminal can show: columns, colours, characters, and a line of progress."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from doctor.formats.clean import clean

if TYPE_CHECKING:
    from doctor.formats.look import Look


def look_of(colour: bool | None, *, to_file: bool, environ: Mapping[str, str] | None = None) -> Look:
    """Return how text is to be written.

    `colour` is what the user asked for, None for nothing; a file and a pipe get no colours
    unless they were asked for. See https://no-color.org and https://force-color.org.
    """
    from doctor.formats.look import Look

    environ = os.environ if environ is None else environ
    terminal = sys.stdout.isatty() and not to_file
    if colour is None:
        wanted = bool(environ.get("FORCE_COLOR")) or (terminal and environ.get("TERM") != "dumb")
        colour = wanted and not environ.get("NO_COLOR")
    width = _columns() if terminal or environ.get("COLUMNS") else 80
    return Look(width=width, colour=colour, unicode=to_file or _shows_unicode(environ))


def _shows_unicode(environ: Mapping[str, str]) -> bool:
    """Whether more than ASCII can be written.

    Python turns the C locale into UTF-8 (PEP 538, PEP 540), so its encoding says nothing of the
    terminal; a locale that names C or POSIX asks for ASCII.
    """
    if not (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf8"):
        return False
    coerced = environ.get("LC_CTYPE") in ("C.UTF-8", "C.utf8", "UTF-8")
    names = ("LC_ALL", "LANG") if coerced else ("LC_ALL", "LC_CTYPE", "LANG")
    locale = next((environ[name] for name in names if environ.get(name)), "")
    return locale not in ("C", "POSIX")


def _columns() -> int:
    import shutil  # late, with what it imports: a pipe has no columns

    # Python 3.10 returns 0 for a terminal that does not know its size.
    return shutil.get_terminal_size((80, 24)).columns or 80


@contextlib.contextmanager
def progress(line: str, *, shown: bool) -> Iterator[None]:
    """Show one line on a terminal's stderr while something runs, and take it away again."""
    if not shown or not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield
        return
    sys.stderr.write(clean(line)[: _columns() - 1])
    sys.stderr.flush()
    try:
        yield
    finally:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
