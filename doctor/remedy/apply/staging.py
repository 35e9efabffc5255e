"""Fetching what is to be installed beside the environment, so that it is changed only when all is there and whole."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

from doctor.core.frozen import frozen
from doctor.core.install import PYTORCH_INDEX
from doctor.core.interpreter import Interpreter
from doctor.installer.pip_settings import uv_environ, uv_options
from doctor.probes.packages.records import Line, parse_record
from doctor.remedy.apply.changes import Changes
from doctor.remedy.apply.run_folder import RunFolder, base_of
from doctor.remedy.apply.uv_process import Uv, UvError


@frozen
class Staged:
    """What was fetched: the files outside of site-packages, as they will be named in the environment.

    `options` and `environ` are those with which uv finds the same again.
    """

    files: tuple[Path, ...]
    options: tuple[str, ...]
    environ: Mapping[str, str]


def stage(folder: RunFolder, changes: Changes, interpreter: Interpreter, settings: Mapping[str, str], uv: Uv) -> Staged:
    """Install what the changes bring into a prefix of its own, for the interpreter of the environment.

    uv links files from its cache into environments, so that what was cut or edited in place in one
    is cut there too (https://docs.astral.sh/uv/concepts/cache/): what is renewed because it is
    damaged, and comes damaged out of the cache, is fetched without it.

    Raises:
        ApplyError: something cannot be had.
    """
    if not changes.installed:
        return Staged(files=(), options=(), environ=uv.environ)
    folder.requirements.write_text(changes.requirements(), encoding="utf-8")
    stager = _Stager(folder, changes, interpreter, uv, uv_options(settings))
    environ = stager.fetch(settings)
    damaged = next(_damaged(folder.staged, changes.again), "")
    if damaged:
        uv.progress(f"{damaged} is damaged in uv's cache, too: fetching without it")
        shutil.rmtree(folder.staged)
        environ = {**environ, "UV_CACHE_DIR": str(folder.cache)}
        stager.install(environ)
    files = tuple(_outside(folder.staged, base_of(interpreter)))
    # It is in uv's cache now, from which it is installed: nobody needs the room for it twice.
    shutil.rmtree(folder.staged)
    return Staged(files=files, options=stager.options, environ=environ)


@dataclass(frozen=True, slots=True)
class _Stager:
    folder: RunFolder
    changes: Changes
    interpreter: Interpreter
    uv: Uv
    options: tuple[str, ...]

    def fetch(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Install with what pip is configured with; return the variables with which uv found it."""
        extra = (f"{PYTORCH_INDEX}/{self.changes.label}",) if self.changes.label else ()
        environ = uv_environ(settings, self.uv.environ, extra)
        try:
            self.install(environ)
        except UvError as error:
            if "+cpu" not in error.message or any("+cpu" in item.version for item in self.changes.installed):
                raise
            # ==2.13.0 takes 2.13.0+cpu as well, and uv prefers that to what has the hash of the lock.
            self.uv.progress("the configured indexes offer a CPU build of torch in its place: asking the main one only")
            plain = {name: value for name, value in settings.items() if name not in ("find-links", "extra-index-url")}
            environ = uv_environ(plain, self.uv.environ, extra)
            self.install(environ)
        return environ

    def install(self, environ: Mapping[str, str]) -> None:
        what = self.changes.installed
        named = ", ".join(f"{item.name} {item.version}" for item in what) if len(what) < 4 else f"{len(what)} packages"
        target = ("--python", self.interpreter.executable, "--prefix", str(self.folder.staged))
        arguments = (*target, "--no-deps", *self.options, "-r", str(self.folder.requirements))
        self.uv.run("pip", "install", *arguments, doing=f"fetching {named}", environ=environ)


def _outside(staged: Path, base: Path) -> Iterator[Path]:
    """Commands, man pages, data: they go below the folder that the environment's scripts lie in."""
    for place, folders, files in os.walk(staged):
        if Path(place).name in ("site-packages", "dist-packages"):
            folders.clear()
            continue
        for name in files:
            yield base / Path(place, name).relative_to(staged)


def _damaged(staged: Path, again: tuple[str, ...]) -> Iterator[str]:
    """Files of the distributions that are installed again that are not what their RECORD states."""
    for record in sorted(staged.glob("lib*/python*/*-packages/*.dist-info/RECORD")):
        site = record.parent.parent
        name = canonicalize_name(record.parent.name.partition("-")[0])
        for line in parse_record(record.read_bytes()).lines if name in again else ():
            if not _is_whole(site / line.path, line):
                yield f"{line.path} of {name}"


def _is_whole(path: Path, line: Line) -> bool:
    try:
        if line.size is not None and path.stat().st_size != line.size:
            return False
        algorithm, _, wanted = line.digest.partition("=")
        if algorithm != "sha256":
            return True
        with path.open("rb") as file:
            found = hashlib.sha256()
            while chunk := file.read(1 << 20):
                found.update(chunk)
    except OSError:
        return False
    return base64.urlsafe_b64encode(found.digest()).decode().rstrip("=") == wanted.rstrip("=")
