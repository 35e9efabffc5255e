"""Running uv so that it ends with this process, and keeps other runs out as long as it works."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

from doctor.core.frozen import frozen
from doctor.installer.pip_settings import hide_passwords
from doctor.installer.uv import hint_on
from doctor.probes.process import Signals, begin, signals_held
from doctor.remedy.apply.run_folder import ApplyError

DEADLINE = 3600.0
"""Seconds for one step: several gigabytes over a slow line."""

PAUSE = 15.0
"""Seconds between two words on what takes long."""

SAID_LINES = 8


class UvError(ApplyError):
    """uv failed; the message holds its last words."""


@frozen
class Uv:
    """The uv at `path`; `log` takes what it says, and `lock` is a descriptor that it inherits.

    One step may take `deadline` seconds, and is spoken of every `pause`.
    """

    path: str
    environ: Mapping[str, str]
    log: Path
    lock: int
    progress: Callable[[str], None]
    deadline: float = DEADLINE
    pause: float = PAUSE

    def run(self, *arguments: str, doing: str, environ: Mapping[str, str] | None = None) -> None:
        """Run ``uv ARGUMENTS``, and end it should this process be interrupted; `doing` says what for.

        Raises:
            UvError: it cannot be started, fails, or takes longer than `deadline`.
        """
        self.progress(doing)
        with self.log.open("wb") as output, signals_held() as before:
            process = self._start([self.path, *arguments], output, environ, before)
            try:
                # Only now: a signal between the start and here would leave uv at work while all is put back.
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
                self._wait(process, doing)
            finally:
                if process.returncode is None:
                    with contextlib.suppress(ProcessLookupError, PermissionError):
                        os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
        if process.returncode != 0:
            said = self._said()
            how = said or f"uv ended with {process.returncode} and said nothing"
            raise UvError(f"{doing} failed: {how}", hint=hint_on(said))

    def _start(
        self, command: list[str], output: BinaryIO, environ: Mapping[str, str] | None, before: Signals
    ) -> subprocess.Popen[bytes]:
        parent = os.getpid()
        try:
            return subprocess.Popen(
                command,
                env={**(self.environ if environ is None else environ), "NO_COLOR": "1"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # A terminal's Ctrl-C is for this process, which then ends uv.
                start_new_session=True,
                pass_fds=(self.lock,),
                preexec_fn=lambda: begin(parent, before),
            )
        except OSError as error:
            raise UvError(f"uv cannot be started: {error.strerror}") from error

    def _wait(self, process: subprocess.Popen[bytes], doing: str) -> None:
        started = time.monotonic()
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=self.pause)
                return
            elapsed = time.monotonic() - started
            if elapsed > self.deadline:
                raise UvError(f"{doing} took longer than {self.deadline:g} s")
            self.progress(f"{doing} ({elapsed:.0f} s)")

    def _said(self) -> str:
        lines = hide_passwords(self.log.read_text(encoding="utf-8", errors="replace")).split("\n")
        return " ".join(" ".join(lines[-SAID_LINES:]).split())
