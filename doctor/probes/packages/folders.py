"""The folders that a plain start of the target imports from, in their order, each listed once."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from dataclasses import field
from pathlib import Path
from typing import Any

from doctor.core.fact import Source, Unknown
from doctor.core.frozen import frozen
from doctor.core.interpreter import Interpreter
from doctor.core.target import Target
from doctor.probes.attempt import reason_of


@frozen
class Folder:
    """One entry of the search path.

    `kind` is ``python-path``, ``user-site``, ``search-path`` or ``stdlib``; `entries` maps the
    names in it to whether they are folders; `error` is set when it exists but cannot be listed.
    """

    path: str
    kind: str
    entries: dict[str, bool] = field(default_factory=dict)
    error: OSError | None = None


def search_folders(target: Target) -> list[Folder]:
    """List the search path of a target; entries that do not exist are left out.

    The order is that of a start without ``-I``: PYTHONPATH, the standard library, and the user
    site before the site-packages of an installation, but after those of a virtual environment
    (https://docs.python.org/3/library/site.html).
    """
    folders: list[Folder] = []
    seen: set[str] = set()
    for path, kind in _search_path(target.interpreter):
        # lib64 is a link to lib in many environments: one folder must not count as two.
        real = os.path.realpath(path)
        if real in seen:
            continue
        seen.add(real)
        folder = list_folder(path, kind)
        if folder is not None:
            folders.append(folder)
    return folders


def list_folder(path: str, kind: str) -> Folder | None:
    """List one folder; None when there is no folder of this name."""
    try:
        with os.scandir(path) as found:
            entries = {entry.name: _is_folder(entry) for entry in found}
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return Folder(path=path, kind=kind, error=error)
    # Only the standard library's folder holds both.
    return Folder(path=path, kind="stdlib" if {"os.py", "site.py"} <= entries.keys() else kind, entries=entries)


def unreadable(folders: Iterable[Folder], source: Source) -> Unknown[Any] | None:
    """Why it cannot be told what is installed: the first folder that cannot be listed, or None."""
    for folder in folders:
        if folder.error is not None:
            detail = f"{printable(folder.path)} cannot be listed: {folder.error.strerror}"
            return Unknown(reason=reason_of(folder.error), detail=detail, source=source)
    return None


def printable(text: str) -> str:
    """Return `text` without what a terminal or a JSON reader would choke on.

    File names may hold bytes that are not UTF-8, and METADATA may hold control characters.
    """
    if text.isprintable():
        return text
    clean = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in clean)


def may_exist(path: str) -> bool:
    """Whether something is there, as far as this user may know: where looking is refused, nothing says that it is gone.

    Path.exists raises then, and os.path.exists says no.
    """
    try:
        os.stat(path)  # noqa: PTH116 - see above
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        return error.errno != errno.ELOOP  # a link that leads to itself
    except ValueError:
        return True
    return True


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        # A link that leads to itself is a name, not a folder.
        return False


def _search_path(interpreter: Interpreter) -> Iterator[tuple[str, str]]:
    for path in interpreter.python_path:
        yield str(Path(path).absolute()), "python-path"
    user = [(path, "user-site") for path in _user_site(interpreter)]
    own = [index for index, path in enumerate(interpreter.search_path) if path in interpreter.site_packages]
    position = len(interpreter.search_path)
    if own:
        position = max(own) + 1 if interpreter.virtual else min(own)
    for index, path in enumerate(interpreter.search_path):
        if index == position:
            yield from user
        yield path, "search-path"
    if position == len(interpreter.search_path):
        yield from user


def _user_site(interpreter: Interpreter) -> list[str]:
    """The user site and what its ``.pth`` files add; the other ones were asked of the target."""
    if not interpreter.user_site_enabled or not interpreter.user_site:
        return []
    found = [interpreter.user_site]
    for file in sorted(Path(interpreter.user_site).glob("*.pth")):
        if not file.is_file():
            continue
        try:
            lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            # site.py skips a .pth file that it cannot read.
            continue
        paths = [line.strip() for line in lines if not line.startswith(("#", "import ", "import\t"))]
        found += [str(Path(interpreter.user_site, path)) for path in paths if path]
    return found
