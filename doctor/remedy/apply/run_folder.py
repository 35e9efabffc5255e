"""The folder `.doctor-fix` of an environment: who changes it now, how far that came, and what was there before."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

import msgspec

from doctor.core.errors import DoctorError
from doctor.core.frozen import frozen
from doctor.core.interpreter import Interpreter
from doctor.remedy.apply.saved import Saved

NAME = ".doctor-fix"


class ApplyError(DoctorError):
    """The environment was not changed, or is again as it was: it still has to be mended."""

    exit_code = 1


class RefusedError(DoctorError):
    """Nothing was touched: this environment is not one to change, or another run is changing it."""


class Phase(str, Enum):
    """How far a run came: what a run that finds it has to do.

    Nothing is written while packages are fetched, because nothing is changed until all are there.
    """

    APPLYING = "applying"  # roll back
    APPLIED = "applied"  # check, then keep it or roll back
    FINISHED = "finished"  # only remove what was kept


@frozen
class State:
    """What a run has to know of one that was interrupted.

    `changes` says in words what it was to change, `errors` are the code and the subject of each
    error that was there before, `process` is the number of the process.
    """

    phase: Phase
    python: str
    started: str
    process: int
    changes: tuple[str, ...]
    errors: tuple[tuple[str, str], ...]
    saved: Saved
    version: int = 1


def base_of(interpreter: Interpreter) -> Path:
    """The folder that holds an environment: that of its scripts' folder, which ``/usr/bin/python`` has elsewhere."""
    return Path(interpreter.scripts).parent


class RunFolder:
    """The folder that one run at a time holds; it lies in the environment itself.

    There it is on the same file system, which hard links need, it is found again by whoever
    comes to the environment, and it goes when the environment goes.
    """

    def __init__(self, base: Path) -> None:
        self.base = base
        self.path = base / NAME
        self.kept = self.path / "old"
        self.staged = self.path / "new"
        self.cache = self.path / "cache"
        self.log = self.path / "uv.log"
        self.requirements = self.path / "requirements.txt"
        self.listing = self.path / "listing.txt"
        self.before = self.path / "before.txt"
        self._state = self.path / "state.json"
        self._lock = self.path / "lock"
        self.descriptor = -1

    def state(self) -> State | None:
        """What an interrupted run has left; None where there is none.

        Raises:
            RefusedError: it cannot be read.
        """
        try:
            return msgspec.json.decode(self._state.read_bytes(), type=State)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as error:
            hint = f"{self.kept} holds what was there before: put it back by hand, then remove {self.path}"
            raise RefusedError(f"{self._state} cannot be read: {error}", hint=hint) from error

    def write(self, state: State) -> None:
        """Write the state, whole or not at all, even should the machine go down."""
        new = self._state.with_suffix(".new")
        with new.open("wb") as file:
            file.write(msgspec.json.encode(state))
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._state)
        folder = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def is_held(self) -> bool:
        """Whether a run is at work."""
        try:
            with self._lock.open("rb") as file:
                return not _take(file.fileno())
        except OSError:
            return False

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        """Keep other runs out, and leave nothing behind that is not needed.

        What this process starts and hands `descriptor` to keeps them out, too, until it ends: a
        uv that outlives a killed run may still be at work on the environment.

        Raises:
            RefusedError: another run is at work, or nothing can be written here.
        """
        try:
            self._acquire()
        except OSError as error:
            self._let_go()
            raise RefusedError(f"{self.base} cannot be written: {error.strerror}") from error
        try:
            yield
        finally:
            self._let_go()

    def _let_go(self) -> None:
        if self.descriptor < 0:
            return
        try:
            if self.state() is None:
                self.clear()
        finally:
            os.close(self.descriptor)
            self.descriptor = -1

    def _acquire(self) -> None:
        while True:
            self.path.mkdir(mode=0o700, exist_ok=True)
            descriptor = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            if not _take(descriptor):
                os.close(descriptor)
                number = self._lock.read_text(encoding="ascii", errors="replace").strip()
                raise RefusedError(
                    f"another `doctor fix --apply` (process {number}, or a uv that it started) changes {self.base} now",
                    hint="wait until it has ended; nothing was touched",
                )
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(descriptor), self._lock.stat()):
                    break
            os.close(descriptor)  # the run before this one removed it while it was being opened
        self.descriptor = descriptor
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)

    def discard_fetched(self) -> None:
        """Remove what was fetched: it is not needed to put back what was there, and may have taken the last room.

        Raises:
            OSError: something cannot be removed.
        """
        for path in (self.staged, self.cache):
            if path.exists():
                shutil.rmtree(path)

    def discard(self) -> None:
        """Remove what an earlier run was fetching, or had kept and needs no more; the state goes last.

        Raises:
            OSError: something cannot be removed.
        """
        self.discard_fetched()
        if self.kept.exists():
            shutil.rmtree(self.kept)
        for path in (self.log, self.requirements, self.listing, self._state):
            path.unlink(missing_ok=True)

    def tidy(self) -> None:
        """Discard, as far as that can be done now: what is left, the next run removes."""
        with contextlib.suppress(OSError):
            self.discard()

    def clear(self) -> None:
        """Remove what is not needed any more, and the folder with it if only the lock is left."""
        self.tidy()
        with contextlib.suppress(OSError):  # something of it could not be removed
            if not self.before.exists():
                self._lock.unlink()
                self.path.rmdir()


def _take(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
