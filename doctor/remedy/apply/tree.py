"""Keeping a tree of files by hard links, and putting it back exactly.

Hard links cost no room and no time worth naming, and need nothing that came from an index, a
repository or a folder that may be gone. Installers never write into a file that is there: they
write a new one and rename it. A file system without hard links gets copies.
"""

from __future__ import annotations

import errno
import filecmp
import os
import shutil
import stat
from pathlib import Path

_NO_LINKS = (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EACCES)
"""Another file system, one without hard links, a file that has its most, or one of another user's (proc(5))."""

_UNFINISHED = ".doctor-fix.unfinished"


def save_tree(source: Path, kept: Path) -> None:
    """Keep the folder `source` as the new folder `kept`; symbolic links are kept as such.

    Raises:
        OSError: something cannot be read, or there is no room for copies.
    """
    kept.mkdir()
    with os.scandir(source) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                save_tree(Path(entry.path), kept / entry.name)
            else:
                save_file(Path(entry.path), kept / entry.name)
    # Last: what is put into a folder changes its time, and its mode may forbid it.
    shutil.copystat(source, kept)


def save_file(source: Path, kept: Path) -> None:
    """Keep one file that is no folder, by a hard link where that can be had.

    Raises:
        OSError: it cannot be read, or there is no room for a copy.
    """
    try:
        os.link(source, kept, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        shutil.copy2(source, kept, follow_symlinks=False)


def restore_tree(kept: Path, target: Path) -> None:
    """Make the folder `target` what was kept: what differs is replaced, what came since is removed.

    What is as it was is left alone, and it may be done again after it was interrupted anywhere.

    Raises:
        OSError: something cannot be removed or written.
    """
    if not _is_folder(target):
        remove(target)
        target.mkdir(parents=True)
    with os.scandir(kept) as entries:
        wanted = {entry.name: entry.is_dir(follow_symlinks=False) for entry in entries}
    for name in os.listdir(target):  # noqa: PTH208 - names, not paths
        if name not in wanted:
            _open(target)
            remove(target / name)
    for name, is_folder in wanted.items():
        if is_folder:
            if not _is_folder(target / name):
                _open(target)
            restore_tree(kept / name, target / name)
        else:
            restore_file(kept / name, target / name)
    before, now = kept.stat(), target.stat()
    # What is as it was may be another user's, who alone could set it again.
    if (before.st_mode, before.st_mtime_ns) != (now.st_mode, now.st_mtime_ns):
        shutil.copystat(kept, target)


def _open(folder: Path) -> None:
    """Have a folder take changes; its mode is put back in the end."""
    if not os.access(folder, os.W_OK | os.X_OK):
        folder.chmod(0o700)


def restore_file(kept: Path, target: Path) -> None:
    """Make `target` the kept file; one that is the very same is left alone.

    Raises:
        OSError: it cannot be written.
    """
    if _is_same(kept, target):
        return
    _open(target.parent)
    if _is_folder(target):
        shutil.rmtree(target)
    unfinished = target.with_name(_UNFINISHED)
    unfinished.unlink(missing_ok=True)
    save_file(kept, unfinished)
    unfinished.replace(target)


def remove(path: Path) -> None:
    """Remove a file, a link or a folder with all that is in it; none is fine.

    Raises:
        OSError: it cannot be removed.
    """
    if _is_folder(path):
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except FileNotFoundError:
        return False


def _is_same(kept: Path, target: Path) -> bool:
    """Whether a file is the very one that is kept, or was never touched since it was copied."""
    try:
        found = target.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    wanted = kept.lstat()
    if os.path.samestat(wanted, found):
        return True
    if stat.S_ISLNK(wanted.st_mode) and stat.S_ISLNK(found.st_mode):
        return kept.readlink() == target.readlink()
    looks = [(item.st_mode, item.st_size, item.st_mtime_ns) for item in (wanted, found)]
    return stat.S_ISREG(wanted.st_mode) and looks[0] == looks[1] and filecmp.cmp(kept, target, shallow=False)
