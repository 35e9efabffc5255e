"""Running a program that may hang, write without end, or leave children behind."""

from __future__ import annotations

import contextlib
import ctypes
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Mapping

from doctor.core.errors import TargetError
from doctor.core.frozen import frozen

LIMIT = 4 << 20
"""Bytes that a program may write before it is stopped."""

_PAUSE = 0.2  # seconds between looks at whether the program has ended
_PR_SET_PDEATHSIG = 1


Signals = Collection[int]
"""Numbers of signals that are held back."""


@frozen
class Spoken:
    """What a program wrote, and its exit status."""

    output: bytes
    errors: bytes
    status: int


class Program:
    """A program that was started; whoever started it may do something else before it listens.

    The program gets a process group of its own, so that what it has started is ended with it
    when it fails to answer. The program itself ends even when SIGKILL ends this process.
    Leaving the ``with`` block ends it where nobody has listened to its end.

    Raises:
        TargetError: it does not exist, or cannot be run.
    """

    def __init__(self, command: list[str], environ: Mapping[str, str]) -> None:
        name, parent = command[0], os.getpid()
        self._ended = False
        try:
            with signals_held() as before:
                self._child = subprocess.Popen(
                    command,
                    env=dict(environ),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    start_new_session=True,
                    preexec_fn=lambda: begin(parent, before),
                )
        except FileNotFoundError:
            raise TargetError(
                f"there is no interpreter at {name}", hint="give the path of a python executable"
            ) from None
        except OSError as error:
            raise TargetError(f"{name} cannot be run: {error.strerror}") from error

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        if not self._ended:
            # Also on Ctrl-C, which does not reach another process group.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._child.pid, signal.SIGKILL)
        _let_go(self._child)

    def listen(self, deadline: float) -> Spoken:
        """Wait for its end, for at most `deadline` seconds from now on.

        Raises:
            TargetError: it did not end in time, or wrote more than `LIMIT`.
        """
        spoken = _listen(self._child, deadline)
        self._ended = True
        return spoken


def run_bounded(command: list[str], environ: Mapping[str, str], deadline: float) -> Spoken:
    """Run `command` for at most `deadline` seconds; see `Program`.

    Raises:
        TargetError: it does not exist, cannot be run, did not end in time, or wrote more than `LIMIT`.
    """
    with Program(command, environ) as program:
        return program.listen(deadline)


def _listen(child: subprocess.Popen[bytes], deadline: float) -> Spoken:
    assert child.stdout is not None
    assert child.stderr is not None
    heard = {child.stdout.fileno(): bytearray(), child.stderr.fileno(): bytearray()}
    output, errors = heard.values()
    ends_at = time.monotonic() + deadline
    with selectors.DefaultSelector() as selector:
        for pipe in heard:
            selector.register(pipe, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(min(_PAUSE, max(0.0, ends_at - time.monotonic())))
            for key, _ in ready:
                chunk = os.read(key.fd, 1 << 16)
                heard[key.fd] += chunk
                if not chunk:
                    selector.unregister(key.fd)
            if len(output) > LIMIT or len(errors) > LIMIT:
                raise _too_much(child)
            if not ready and child.poll() is not None:
                break  # it has ended, and something that it started keeps the pipe open
            if time.monotonic() >= ends_at:
                raise _too_late(child, deadline)
    try:
        status = child.wait(timeout=max(0.0, ends_at - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise _too_late(child, deadline) from None
    return Spoken(output=bytes(output), errors=bytes(errors), status=status)


def _let_go(child: subprocess.Popen[bytes]) -> None:
    for pipe in (child.stdout, child.stderr):
        if pipe is not None:
            pipe.close()
    # A process that hangs in the kernel does not end even when killed, and must not be waited for.
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(timeout=1.0)


def _name(child: subprocess.Popen[bytes]) -> str:
    return str(child.args[0]) if isinstance(child.args, list) else str(child.args)


def _too_much(child: subprocess.Popen[bytes]) -> TargetError:
    return TargetError(f"{_name(child)} does not answer like a Python 3: it writes without end")


def _too_late(child: subprocess.Popen[bytes], deadline: float) -> TargetError:
    return TargetError(
        f"{_name(child)} did not answer within {deadline:g} s",
        hint="start it by hand: a script in its place, or a file system that does not answer, makes it wait",
    )


@contextlib.contextmanager
def signals_held() -> Iterator[Signals]:
    """Hold Ctrl-C and SIGTERM back while a process is forked; yields what was held before, for `begin`.

    Modules such as logging have work done around each fork (`os.register_at_fork`), and what a signal raises in there
    Python drops: the signal would be lost.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    try:
        yield before
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def begin(parent: int, signals: Signals) -> None:
    """What a child does before it becomes its program: it ends with its parent, and hears signals again."""
    end_with(parent)
    signal.pthread_sigmask(signal.SIG_SETMASK, signals)


def end_with(parent: int) -> None:
    """Have the kernel end this process with `parent`, which can do nothing itself when SIGKILL ends it (prctl(2))."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
    if os.getppid() != parent:  # it went before the kernel was told
        os._exit(1)
