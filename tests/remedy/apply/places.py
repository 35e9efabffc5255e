"""Environments to change, and the looks of them before and after."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from doctor.core.interpreter import Interpreter
from doctor.core.report import Report
from doctor.remedy.apply.changes import Changes
from doctor.remedy.apply.run_folder import RunFolder
from doctor.remedy.apply.transaction import Transaction
from doctor.remedy.apply.uv_process import Uv
from tests.facts import interpreter
from tests.processes import NOBODY

SOUND = Report(target="test", taken_at="", doctor_version="", matrix_version="", outcomes=())


def site_of(base: Path) -> Path:
    """The site-packages of an environment."""
    [site] = base.glob("lib/python3*/site-packages")
    return site


def interpreter_of(base: Path) -> Interpreter:
    """The interpreter of an environment."""
    python, site, scripts = (str(path) for path in (base / "bin" / "python", site_of(base), base / "bin"))
    return dataclasses.replace(interpreter(), executable=python, site_packages=(site,), scripts=scripts)


def changes(**given: Any) -> Changes:
    """Changes, of which most tests need one kind only."""
    none: dict[str, Any] = {"leftovers": (), "removed": (), "installed": (), "again": (), "moved": ()}
    return Changes(**{**none, "words": ("something changes",), **given})


def apply(
    base: Path,
    given: Changes,
    *,
    uv: str = "/nowhere/uv",
    environ: dict[str, str] | None = None,
    settings: dict[str, str] | None = None,
    progress: Callable[[str], None] = print,
    examine: Callable[[], Report] = lambda: SOUND,
) -> Report:
    """Apply changes to an environment as ``doctor fix --apply`` does."""
    folder = RunFolder(base)
    with folder.hold():
        return Transaction(
            folder=folder,
            interpreter=interpreter_of(base),
            changes=given,
            settings=settings or {},
            uv=Uv(path=uv, environ=environ or {}, log=folder.log, lock=folder.descriptor, progress=progress),
            before=SOUND,
            listing="mine==1.0\n",
            examine=examine,
        ).run()


def content(base: Path) -> dict[str, object]:
    """Every path of an environment with what it is, apart from the folder that doctor works in."""
    found: dict[str, object] = {}
    for path in sorted(base.rglob("*")):
        name = str(path.relative_to(base))
        if name.startswith(".doctor-fix"):
            continue
        found[name] = path.readlink() if path.is_symlink() else path.read_bytes() if path.is_file() else None
    return found


def left(base: Path) -> list[str]:
    """What doctor has left of its own in an environment."""
    folder = base / ".doctor-fix"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@contextlib.contextmanager
def bare_environment() -> Iterator[Path]:
    """An environment of nobody's, where nobody comes to: the folders of pytest are closed to it."""
    place = Path(tempfile.mkdtemp())
    base = place / "env"
    site = base / "lib" / "python3.11" / "site-packages"
    (base / "bin").mkdir(parents=True)
    (site / "mine").mkdir(parents=True)
    (site / "mine" / "__init__.py").write_text("ANSWER = 42\n")
    for path in (place, *place.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    try:
        yield base
    finally:
        shutil.rmtree(place)
