"""What an environment was before it was changed: whole folders, single files, and what was not there."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

from doctor.core.frozen import frozen
from doctor.remedy.apply.tree import remove, restore_file, restore_tree, save_file, save_tree


@frozen
class Saved:
    """Absolute paths, and the name that each has in the folder where they are kept.

    The name is "" for what was not there. `missing` are the folders that were not there either,
    those within others first.
    """

    folders: tuple[tuple[str, str], ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()


def save(folders: Iterable[Path], files: Iterable[Path], keep_in: Path) -> Saved:
    """Keep `folders` with all that is in them, and `files` outside of these, in the new folder `keep_in`.

    Raises:
        OSError: something cannot be read, or there is no room for it.
    """
    keep_in.mkdir(parents=True)
    roots = outermost(folders)
    kept_folders = []
    for number, folder in enumerate(roots):
        name = f"folder-{number}" if folder.is_dir() else ""
        if name:
            save_tree(folder, keep_in / name)
        kept_folders.append((str(folder), name))
    kept_files, missing = [], set[Path]()
    loose = {parent / file.name for file in files for parent in (file.parent.resolve(),)}
    for number, file in enumerate(sorted(path for path in loose if not any(map(path.is_relative_to, roots)))):
        name = f"file-{number}" if file.is_symlink() or file.is_file() else ""
        if name:
            save_file(file, keep_in / name)
        else:
            missing.update(parent for parent in file.parents if not parent.exists())
        kept_files.append((str(file), name))
    return Saved(
        folders=tuple(kept_folders),
        files=tuple(kept_files),
        missing=tuple(str(path) for path in sorted(missing, key=lambda path: -len(path.parts))),
    )


def restore(saved: Saved, kept_in: Path) -> None:
    """Put everything back as it was; it may be done again after it was interrupted anywhere.

    Raises:
        OSError: something cannot be removed or written.
    """
    for path, name in saved.folders:
        if name:
            restore_tree(kept_in / name, Path(path))
        else:
            remove(Path(path))
    for path, name in saved.files:
        if name:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            restore_file(kept_in / name, Path(path))
        else:
            remove(Path(path))
    for path in saved.missing:
        with contextlib.suppress(OSError):  # something else came into it meanwhile, and stays
            Path(path).rmdir()


def outermost(folders: Iterable[Path]) -> list[Path]:
    """The folders as they really are, without those that lie in others: lib64 is often a link to lib."""
    real = sorted({folder.resolve() for folder in folders})
    return [path for path in real if not any(other != path and path.is_relative_to(other) for other in real)]
