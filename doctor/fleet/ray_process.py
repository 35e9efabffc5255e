"""The driver's process: started with a question, read until its end or the deadline, and ended in every case."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import field
from pathlib import Path
from types import TracebackType

from doctor.core.frozen import frozen
from doctor.core.signals import signal_name
from doctor.fleet.ray_address import RayError
from doctor.fleet.ray_records import AnyRecord, decode
from doctor.probes.temporary import temporary_folder

DRIVER = Path(__file__).with_name("raydriver")
DEADLINE = 60.0
PROGRAM_SHARE = 0.5
"""The part of the deadline that the program has on a node: a worker must start before it, and a busy node is slow."""

PATIENCE = 3.0
"""Seconds that the driver has to take its leave of the cluster when all is told."""


@frozen
class Question:
    """What every node of a cluster is asked.

    `address` is ``host:port`` of the GCS. `program` is a zipapp or a script that writes a snapshot to stdout; it is
    run with `arguments` by the interpreter `python` of each node ("" for the one that Ray runs with there), which
    may be the folder of an environment; the argument ``{python}`` stands for that interpreter. `deadline` is in
    seconds for all of it. `driver` is the interpreter on this machine that has the cluster's Ray.
    """

    address: str
    program: bytes
    arguments: tuple[str, ...] = ()
    python: str = ""
    deadline: float = DEADLINE
    driver: Path = field(default_factory=lambda: Path(sys.executable))

    def as_json(self) -> bytes:
        """The question in the words of the driver."""
        question = {
            "address": self.address,
            "program": base64.b64encode(self.program).decode(),
            "arguments": self.arguments,
            "python": self.python,
            "limit": self.deadline * PROGRAM_SHARE,
        }
        return json.dumps(question).encode()


class DriverProcess:
    """A driver at work. Leaving the ``with`` block ends it, and Ray then ends what it started on the nodes."""

    def __init__(self, question: Question) -> None:
        self.ends_at = time.monotonic() + question.deadline
        self.timed_out = self.stopped = False
        self._log = tempfile.TemporaryFile(dir=temporary_folder(os.environ))  # noqa: SIM115 - closed by __exit__
        self._pipe, write_end = os.pipe()
        try:
            # Not a pipe: the program is larger than a pipe holds, and the driver may never read it.
            with tempfile.TemporaryFile(dir=temporary_folder(os.environ)) as stdin:
                stdin.write(question.as_json())
                stdin.seek(0)
                self._process = subprocess.Popen(
                    [question.driver, DRIVER, str(write_end)],
                    stdin=stdin,
                    stdout=self._log,
                    stderr=self._log,
                    cwd=DRIVER,
                    pass_fds=(write_end,),
                    start_new_session=True,
                )
        except OSError as error:
            self._close_files()
            raise RayError(f"{question.driver} cannot be started: {error.strerror}") from error
        finally:
            os.close(write_end)

    def __enter__(self) -> DriverProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and not (self.timed_out or self.stopped):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(PATIENCE)
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._close_files()

    def records(self, stop: int | None = None) -> Iterator[AnyRecord]:
        """What the driver tells, as it comes, until it has no more to say, time is up, or `stop` is readable."""
        received = bytearray()
        with selectors.DefaultSelector() as selector:
            for descriptor in (self._pipe, stop):
                if descriptor is not None:
                    selector.register(descriptor, selectors.EVENT_READ)
            while True:
                ready = [key.fd for key, _ in selector.select(max(0.0, self.ends_at - time.monotonic()))]
                self.timed_out, self.stopped = not ready, stop in ready
                if self.timed_out or self.stopped:
                    return
                chunk = os.read(self._pipe, 1 << 16)
                if not chunk:
                    return
                received += chunk
                *lines, received = received.split(b"\n")
                yield from map(decode, lines)

    def ending(self) -> str:
        """How the driver ended, and the last that it wrote."""
        try:
            code = self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            return "it closed its pipe and went on"
        how = f"it ended by {signal_name(-code)}" if code < 0 else f"it ended with exit code {code}"
        self._log.seek(0)
        said = [line for line in self._log.read().decode("utf-8", "backslashreplace").splitlines() if line.strip()]
        return f"{how}; it last wrote: {said[-1].strip()}" if said else how

    def _close_files(self) -> None:
        self._log.close()
        os.close(self._pipe)
