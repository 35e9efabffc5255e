"""Changing an environment so that it ends as the old or the new one.

Everything is fetched first, into a folder of its own. Then what is there is kept by hard links,
the state says so, and only then is the environment touched. From there on whatever goes wrong, or
is interrupted, is rolled back without a network; after a SIGKILL, `resume` does that.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from doctor.core.errors import DoctorError
from doctor.core.frozen import frozen
from doctor.core.interpreter import Interpreter
from doctor.core.packages.distribution import Distribution
from doctor.core.report import Report, Severity
from doctor.probes.packages.records import parse_record
from doctor.remedy.apply.changes import Changes
from doctor.remedy.apply.run_folder import ApplyError, Phase, RunFolder, State
from doctor.remedy.apply.saved import restore, save
from doctor.remedy.apply.staging import Staged, stage
from doctor.remedy.apply.tree import remove
from doctor.remedy.apply.uv_process import Uv, UvError

Errors = tuple[tuple[str, str], ...]

_AS_BEFORE = "the environment is as it was before"

_OF_PACKAGES = ("PKG", "ABI", "PIN")
"""The topics whose errors other versions of packages can bring; a GPU that shows only now was there before."""


@frozen
class Transaction:
    """One application of `changes`; `examine` examines and judges the environment again.

    `settings` are those of pip, `before` is the report that the plan was made from, and
    `listing` names what is installed, for a person.
    """

    folder: RunFolder
    interpreter: Interpreter
    changes: Changes
    settings: Mapping[str, str]
    uv: Uv
    before: Report
    listing: str
    examine: Callable[[], Report]

    def run(self) -> Report:
        """Change the environment, check it, and keep it; return what the check found.

        Raises:
            ApplyError: it could not be done, or the environment was worse than before; it is as it was.
        """
        try:
            self.folder.discard()
            staged = stage(self.folder, self.changes, self.interpreter, self.settings, self.uv)
            state = self._keep(staged)
        except (DoctorError, OSError) as error:
            raise _with_end(error, "nothing was changed") from error
        try:
            self.folder.write(state)
            self._change(staged)
            self.folder.write(dataclasses.replace(state, phase=Phase.APPLIED))
            report = check_again(state, self.examine, self.uv.progress)
        except BaseException as error:
            roll_back(self.folder, state, self.uv.progress)
            if isinstance(error, (DoctorError, OSError)):
                raise _with_end(error, _AS_BEFORE) from error
            raise
        finish(self.folder, state)
        return report

    def _keep(self, staged: Staged) -> State:
        self.uv.progress("keeping what is there, to put it back should anything go wrong")
        leftovers = self.changes.leftovers
        folders = [*map(Path, self.interpreter.site_packages), *(path for path in leftovers if path.is_dir())]
        files = [*staged.files, *_recorded(self.changes.moved), *(path for path in leftovers if not path.is_dir())]
        self.folder.listing.write_text(self.listing, encoding="utf-8")
        try:
            saved = save(folders, files, self.folder.kept)
        except OSError as error:
            raise ApplyError(f"what is there cannot be kept: {_said(error)}") from error
        return State(
            phase=Phase.APPLYING,
            python=self.interpreter.executable,
            started=datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
            process=os.getpid(),
            changes=self.changes.words,
            errors=errors_of(self.before),
            saved=saved,
        )

    def _change(self, staged: Staged) -> None:
        for path in self.changes.leftovers:
            self.uv.progress(f"deleting {path}")
            try:
                remove(path)
            except OSError as error:
                raise ApplyError(f"{path} cannot be deleted: {error.strerror}") from error
        target = ("--python", self.interpreter.executable)
        gone = self.changes.removed
        if gone:
            self.uv.run("pip", "uninstall", *target, *gone, doing=f"removing {', '.join(gone)}")
        if self.changes.installed:
            self._install(target, staged)

    def _install(self, target: tuple[str, ...], staged: Staged) -> None:
        """Install from uv's cache, which holds everything now."""
        what = f"installing {len(self.changes.installed)} of them" if self.changes.removed else "installing"
        arguments = ("pip", "install", *target, "--no-deps", "--reinstall", *staged.options)
        arguments += ("-r", str(self.folder.requirements))
        try:
            self.uv.run(*arguments, "--offline", doing=what, environ=staged.environ)
        except UvError:
            # A cache that the user has switched off, or an index that uv does not cache.
            self.uv.run(*arguments, doing=f"{what}, fetched again", environ=staged.environ)


def resume(
    folder: RunFolder, state: State, examine: Callable[[], Report], progress: Callable[[str], None]
) -> Report | None:
    """End what an interrupted run has begun: keep what it had installed, or put back what was there.

    Return what the check of the new environment found, or None where the old one is back.

    Raises:
        ApplyError: the new one was worse than the old one, which is back.
    """
    report = None
    if state.phase is Phase.APPLYING:
        roll_back(folder, state, progress)
        return None
    if state.phase is Phase.APPLIED:
        try:
            report = check_again(state, examine, progress)
        except BaseException as error:
            roll_back(folder, state, progress)
            if isinstance(error, DoctorError):
                raise _with_end(error, _AS_BEFORE) from error
            raise
    finish(folder, state)
    return report or examine()


def check_again(state: State, examine: Callable[[], Report], progress: Callable[[str], None]) -> Report:
    """Examine an environment that was changed.

    Raises:
        ApplyError: it has errors that were not there before, and no fewer of them.
    """
    progress("checking the environment again")
    report = examine()
    before, after = set(state.errors), set(errors_of(report))
    if after - before and len(after) >= len(before):
        new = ", ".join(f"{code} {subject}" for code, subject in sorted(after - before))
        raise ApplyError(
            f"the environment would have been no better than before: {new}",
            hint="choose a set with --set or --vllm; `doctor matrix list` shows them",
        )
    return report


def errors_of(report: Report) -> Errors:
    """The code and the subject of each error that packages cause."""
    found = {
        (outcome.code, problem.subject)
        for outcome, problem in report.problems()
        if outcome.topic in _OF_PACKAGES and outcome.severity_of(problem) >= Severity.ERROR
    }
    return tuple(sorted(found))


def roll_back(folder: RunFolder, state: State, progress: Callable[[str], None]) -> None:
    """Put back what was there.

    Raises:
        ApplyError: something cannot be put back; what was kept stays, and it can be tried again.
    """
    with _uninterrupted():
        progress("putting back what was there")
        try:
            folder.discard_fetched()  # a disk that is full has room again then
            with contextlib.suppress(OSError):  # links can be made where nothing can be written
                # Killed from here on, it is neither the old nor the new one, which is not to be checked and kept.
                folder.write(dataclasses.replace(state, phase=Phase.APPLYING))
            restore(state.saved, folder.kept)
            folder.write(dataclasses.replace(state, phase=Phase.FINISHED))
        except OSError as error:
            raise ApplyError(
                f"what was there could not be put back yet: {_said(error)}", hint=f"mend that, then run {_again(state)}"
            ) from error
        folder.tidy()
        progress(_AS_BEFORE)


def finish(folder: RunFolder, state: State) -> None:
    """Keep the environment as it is now, and of the old one only the list of what was installed.

    Raises:
        ApplyError: that cannot be written down.
    """
    with _uninterrupted():
        try:
            if state.phase is not Phase.FINISHED:
                folder.discard_fetched()
                if folder.listing.exists():  # not after a kill between this line and the next
                    folder.listing.replace(folder.before)
                folder.write(dataclasses.replace(state, phase=Phase.FINISHED))
        except OSError as error:
            raise ApplyError(
                f"the environment is the new one, but that could not be written down: {_said(error)}",
                hint=f"mend that, then run {_again(state)}",
            ) from error
        folder.tidy()


def _said(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror)


def _again(state: State) -> str:
    return f"`doctor fix --resume --python {state.python}`"


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM wait: what is done here takes seconds, and half of it would be worse than either."""
    signals = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _with_end(error: DoctorError | OSError, end: str) -> ApplyError:
    """The error with what has become of the environment."""
    if isinstance(error, OSError):
        return ApplyError(f"a file of this run cannot be written: {_said(error)}", hint=end)
    return ApplyError(error.message, hint=f"{error.hint}; {end}" if error.hint else end)


def _recorded(distributions: tuple[Distribution, ...]) -> Iterator[Path]:
    """The files that distributions state as theirs: those outside of site-packages are kept one by one."""
    for item in distributions:
        record = Path(item.path) / "RECORD"
        try:
            content = record.read_bytes()
        except OSError:
            continue  # no installer can remove what is not recorded
        for line in parse_record(content).lines:
            if line.path.startswith(("/", "..")):
                yield Path(os.path.normpath(record.parent.parent / line.path))
