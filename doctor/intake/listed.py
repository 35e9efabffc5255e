"""An environment that is not installed yet, from the file that says what will be.

Which form a file has, its name and its content tell. What pins no version is named among what
could not be read, and nothing is judged of it.
"""

from __future__ import annotations

import datetime
import importlib
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from doctor import __version__
from doctor.core.errors import TargetError
from doctor.core.fact import SourceKind
from doctor.core.snapshot import Snapshot, snapshot_of
from doctor.intake.pins import Listing
from doctor.intake.stated import Stated
from doctor.intake.stated_facts import facts_of
from doctor.intake.target import StatedTarget, complete_stated

Reader = Callable[[Path, Listing], None]

_FORMS = (
    (re.compile(r"pylock\.([^.]+\.)?toml"), "doctor.intake.pylock"),
    (re.compile(r"uv\.lock"), "doctor.intake.uv_lock"),
    (re.compile(r"poetry\.lock"), "doctor.intake.poetry_lock"),
    (re.compile(r"pdm\.lock"), "doctor.intake.pdm_lock"),
    (re.compile(r".*\.ya?ml"), "doctor.intake.conda_file"),
)
"""The files that are known by their names, and the module that reads each."""

_REFUSED = {
    "Pipfile.lock": "pipenv requirements > requirements.txt",
    "conda-lock.yml": "conda-lock render --kind explicit",
    "pixi.lock": "pixi list --explicit, or pixi project export conda-explicit-spec",
    "pyproject.toml": "uv lock, or uv pip compile pyproject.toml -o requirements.txt",
    "setup.py": "uv pip compile setup.py -o requirements.txt",
}
"""Files that people take for lists of pins, and the command that makes one."""

_PROJECT = ("doctor.intake.uv_lock", "doctor.intake.poetry_lock", "doctor.intake.pdm_lock", "doctor.intake.pylock")


def read_listed(path: Path, target: StatedTarget) -> Snapshot:
    """Read `path` as what is to be installed for a target.

    Raises:
        TargetError: it cannot be read or understood, two entries contradict each other, or no
            version is pinned at all.
    """
    if path.name in _REFUSED:
        raise TargetError(f"{path.name} is not read", hint=f"make a list of it: {_REFUSED[path.name]}")
    module = _module_of(path)
    if (target.extras or target.groups is not None) and module not in _PROJECT:
        raise TargetError(
            f"--extra and --group choose from the lock of a project: {path.name} is none",
            hint="they go with uv.lock, poetry.lock, pdm.lock and pylock.toml",
        )
    listing = Listing(target=target)
    read: Reader = importlib.import_module(module).read
    read(path, listing)
    packages = tuple(listing.settled())
    if not packages:
        raise TargetError(f"{path} pins no version with ==", hint=f"`uv pip compile {path}` pins what it asks for")
    stated = Stated(
        where=str(path),
        kind=SourceKind.LOCK,
        python=listing.python,
        python_platform=replace(listing.machine, value=f"Linux-{listing.machine.value}") if listing.machine else None,
        packages=packages,
        torch_cuda=listing.torch_cuda,
        form=path.name,
        unread=tuple(listing.unread),
        unpinned=tuple(listing.unread.values()),
    )
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    facts = facts_of(complete_stated(stated, target))
    return snapshot_of(str(path), taken_at=now, version=__version__, facts=facts)


def _module_of(path: Path) -> str:
    named = next((module for pattern, module in _FORMS if pattern.fullmatch(path.name)), "")
    return named or ("doctor.intake.conda_list" if _is_conda(path) else "doctor.intake.requirements")


def _is_conda(path: Path) -> bool:
    from doctor.intake.conda_list import looks_like_conda
    from doctor.intake.pins import read_text

    return looks_like_conda(read_text(path))
