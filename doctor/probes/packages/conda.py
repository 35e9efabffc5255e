"""Files of distributions that conda installed, held against conda's own records."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from doctor.core.interpreter import Interpreter
from doctor.core.packages.distribution import DamagedFile, Distribution
from doctor.probes.packages.claims import Claim
from doctor.probes.packages.damage import compare
from doctor.probes.packages.folders import printable


def find_conda_damage(interpreter: Interpreter, distributions: Iterable[Distribution]) -> Iterator[DamagedFile]:
    """Yield the files that ``conda-meta`` lists and that are missing or of another size.

    Files in which conda replaced the prefix are only looked for: their size may differ from
    the one that is stated. A distribution is found in the record that lists its metadata
    folder, because conda has names of its own (``pytorch`` for torch).
    """
    if not interpreter.conda_prefix:
        return
    prefix = Path(interpreter.conda_prefix)
    wanted = {Path(item.path): item for item in distributions if item.origin == "conda" and not item.shadowed}
    for file in sorted((prefix / "conda-meta").glob("*.json")):
        paths = _paths(file)
        folders = {prefix / str(entry.get("_path", "")) for entry in paths}
        owner = next((item for path, item in wanted.items() if any(path in entry.parents for entry in folders)), None)
        if owner is None:
            continue
        del wanted[Path(owner.path)]
        for entry in paths:
            damage = _look(prefix, entry, owner.name)
            if damage is not None:
                yield damage
    for item in wanted.values():
        yield DamagedFile(
            distribution=item.name, path=item.path, damage="record", found="no record of conda-meta lists it"
        )


def _paths(file: Path) -> list[dict[str, Any]]:
    """The files that a record of conda lists; an unreadable record lists none.

    The distributions in it are then reported as unrecorded.
    """
    if not file.is_file():
        return []
    try:
        stated = json.loads(file.read_bytes())["paths_data"]["paths"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []
    return [entry for entry in stated if isinstance(entry, dict)] if isinstance(stated, list) else []


def _look(prefix: Path, entry: dict[str, Any], owner: str) -> DamagedFile | None:
    name = str(entry.get("_path", ""))
    stated = entry.get("size_in_bytes")
    replaced = "prefix_placeholder" in entry or not isinstance(stated, int)
    if name.endswith(".pyc") or entry.get("path_type") == "directory" or ".." in name.split("/"):
        return None
    path = prefix / name
    size: int | OSError | None
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        size = None
    except OSError as error:
        size = error
    return compare(printable(str(path)), size, Claim(owner, "", None if replaced else stated))
