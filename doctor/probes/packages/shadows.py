"""Modules that are found before those of the installed distributions."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from doctor.core.packages.distribution import STDLIB, Distribution, Shadow
from doctor.core.target import Target
from doctor.probes.packages.folders import Folder, list_folder, printable

# Wheels install these names by mistake, and projects have folders of these names.
_COMMON = frozenset({"test", "tests", "doc", "docs", "example", "examples", "script", "scripts", "benchmarks", "tools",
                     "build", "dist", "src", "bin", "share", "include", "lib", "sample", "samples"})  # fmt: skip

# Python has loaded these, or holds them frozen, before it looks into any folder of the user.
_LOADED_FIRST = frozenset({"abc", "codecs", "encodings", "genericpath", "importlib", "io", "ntpath", "os", "posixpath",
                           "site", "stat", "zipimport", "_collections_abc", "_sitebuiltins"})  # fmt: skip


def find_shadows(
    folders: list[Folder], distributions: Iterable[Distribution], here: Folder | None = None
) -> list[Shadow]:
    """Return the modules of installed distributions that a start of the target does not find.

    `here` is the folder that Python would be started in: it comes first for ``-m`` and ``-c``,
    so that a clone of vLLM hides the installed one there. Its shadows are last in the list.
    """
    owners: dict[tuple[str, str], str] = {}
    installed: list[tuple[str, str, Distribution]] = []
    for item in distributions:
        folder = str(Path(item.path).parent)
        for module in item.top_level:
            owners.setdefault((folder, module), item.name)
            if not item.shadowed and module not in _COMMON:
                installed.append((folder, module, item))
    by_path = {printable(folder.path): position for position, folder in enumerate(folders)}
    found: list[Shadow] = []
    for folder, module, item in installed:
        position = by_path.get(folder)
        if position is None or item.origin == "editable":
            continue
        expected = provider(folders[position], module)
        # A folder without __init__ gives way to a regular package behind it as well.
        spaced = expected is None and folders[position].entries.get(module)
        rivals = [entry for entry in (folders if spaced else folders[:position]) if entry.kind != "stdlib"]
        hidden = list(_hidden(rivals, module, item, expected or f"{folder}/{module}", owners))
        if not hidden and here is not None:
            hidden = list(_hidden([here], module, item, expected or f"{folder}/{module}", owners))
        found += hidden
    found += _hidden_stdlib(folders, here)
    return sorted(set(found), key=lambda shadow: (shadow.entry == "current-folder", shadow.module, shadow.found))


def _hidden_stdlib(folders: list[Folder], here: Folder | None) -> Iterator[Shadow]:
    """Yield the modules of the standard library that a folder before it hides: ``queue.py``, a package ``logging``."""
    position, stdlib = next(((at, item) for at, item in enumerate(folders) if item.kind == "stdlib"), (0, None))
    if stdlib is None:
        return
    for rival in [*folders[:position], *([here] if here else [])]:
        for entry in rival.entries:
            module = entry.partition(".")[0]
            if module in _LOADED_FIRST or module in _COMMON:
                continue
            found, expected = provider(rival, module), provider(stdlib, module)
            if found and expected:
                yield Shadow(
                    module=module,
                    owner=STDLIB,
                    found=printable(found),
                    expected=printable(expected),
                    entry=rival.kind,
                )


def provider(folder: Folder, module: str) -> str | None:
    """Return what `import module` takes from a folder, or None.

    The order is that of importlib's FileFinder: a folder with ``__init__``, then an extension
    module, then source. A folder without ``__init__`` only counts when nothing else is found
    anywhere, so it hides nothing.
    """
    if folder.entries.get(module):
        for name in ("__init__.py", "__init__.pyc"):
            # As importlib asks: what this user may not look at is not found, where Path.is_file raises.
            if os.path.isfile(f"{folder.path}/{module}/{name}"):  # noqa: PTH113
                return f"{folder.path}/{module}/{name}"
    for name in (f"{module}.abi3.so", f"{module}.so", f"{module}.py", f"{module}.pyc"):
        if folder.entries.get(name) is False:
            return f"{folder.path}/{name}"
    return None


def _hidden(
    rivals: list[Folder], module: str, item: Distribution, expected: str, owners: dict[tuple[str, str], str]
) -> Iterator[Shadow]:
    for folder in rivals:
        path = provider(folder, module)
        # Another distribution's module of this name is a conflict of the two, seen elsewhere.
        if path is not None and (printable(folder.path), module) not in owners:
            yield _shadow(module, item, path, expected, folder.kind)
            return


def _shadow(module: str, item: Distribution, found: str, expected: str, entry: str) -> Shadow:
    return Shadow(module=module, owner=item.name, found=printable(found), expected=printable(expected), entry=entry)


def current_folder(target: Target, folders: list[Folder]) -> Folder | None:
    """List the folder that this process was started in, unless the target would not look there."""
    if target.environ.get("PYTHONSAFEPATH"):
        return None
    try:
        path = Path.cwd()
    except OSError:
        # The folder was deleted: nothing can be imported from it.
        return None
    if any(Path(folder.path).resolve() == path for folder in folders):
        return None
    return list_folder(str(path), "current-folder")
