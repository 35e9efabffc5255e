"""Running a probe so that it can neither hang, crash nor end the run.

Probes run in forked children, those of one group in one child after the other: a library that hangs in
the kernel's driver, a truncated file that raises SIGBUS, or a bug costs the facts of one probe, and
the children use all cores. (A thread could not be stopped, and would take the process down with it.)
Where a child ends early, the probes of its group that it has not come to get another one.
"""

from __future__ import annotations

import contextlib
import dataclasses
import gc
import os
import pickle
import selectors
import signal
import sys
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import field
from typing import IO, Any

from doctor.core.fact import Fact, Reason, Source, SourceKind, Unknown
from doctor.core.frozen import light_dataclass
from doctor.core.signals import signal_name
from doctor.core.snapshot import Key
from doctor.core.target import Probe, Target
from doctor.probes.process import end_with

_SIGNALS = (signal.SIGINT, signal.SIGTERM)

Pairs = list[tuple[Key[Any], Fact[Any]]]


_SIZE = 8
"""Bytes before an answer that say how long it is."""


@light_dataclass()
class _Task:
    """A probe, and its facts once they are known."""

    probe: Probe
    pairs: Pairs = field(default_factory=list)


@light_dataclass()
class _Child:
    """A process, and the tasks that it has not answered yet; it is at work on the first of them."""

    tasks: list[_Task]
    pid: int
    pipe: int
    ends_at: float
    received: bytearray = field(default_factory=bytearray)
    timed_out: bool = False

    def hear(self, chunk: bytes) -> bool:
        """Take what it sent; each answer gives the next task its time. Return whether there was one."""
        self.received += chunk
        before = len(self.tasks)
        while self.tasks:
            end = _SIZE + int.from_bytes(self.received[:_SIZE], "big")
            if len(self.received) < end:
                break
            kind, content = pickle.loads(bytes(self.received[_SIZE:end]))  # noqa: S301 - written by our own child
            del self.received[:end]
            task = self.tasks.pop(0)
            task.pairs = _facts(task.probe, kind, content)
            if self.tasks:
                self.ends_at = time.monotonic() + self.tasks[0].probe.deadline
        return len(self.tasks) < before


class Probing:
    """Probes that are at work. Leaving the ``with`` block ends those that still are."""

    def __init__(self, probes: Iterable[Probe], target: Target) -> None:
        self._target = target
        self._tasks: list[_Task] = []
        self._waiting: list[list[_Task]] = []
        self._children: list[_Child] = []
        self._refusal = ""
        self.add(probes)

    def add(self, probes: Iterable[Probe]) -> None:
        """Start further probes beside those that are at work, and in processes of their own."""
        tasks = [_Task(probe) for probe in probes]
        self._tasks += tasks
        self._waiting += _grouped(tasks)
        self._start()

    def __enter__(self) -> Probing:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def finish(self, news: Callable[[Pairs], None] = lambda _: None) -> Pairs:
        """Wait for the probes and return their facts in the order of the probes.

        A probe that raises, dies or passes its deadline yields Unknown for each of its keys, and
        so does a key that a probe forgets. `news` is called with the facts so far whenever there are more.
        """
        while self._children or self._waiting:
            if not self._children:
                for task in self._waiting.pop(0):
                    task.pairs = _unknown(task.probe, (), Reason.FAILED, f"cannot be started: {self._refusal}")
            # poll(2) needs no descriptor of its own, of which there may be none left.
            with selectors.PollSelector() as selector:
                for child in self._children:
                    selector.register(child.pipe, selectors.EVENT_READ, child)
                _collect(selector, lambda: news(self._pairs()))
            children, self._children = self._children, []
            self._waiting += [left for child in children if (left := _finish(child))]
            self._start()
        return self._pairs()

    def _pairs(self) -> Pairs:
        return [pair for task in self._tasks for pair in task.pairs]

    def stop(self) -> None:
        """End the probes that are still at work: one that hangs must not outlive the run."""
        for child in self._children:
            _kill(child)
            os.close(child.pipe)
            os.waitpid(child.pid, os.WNOHANG)
        self._children, self._waiting = [], []

    def _start(self) -> None:
        """Start the probes that wait, as many as the limits of processes and open files allow at a time."""
        try:
            while self._waiting:
                others = [child.pipe for child in self._children]
                self._children.append(_start(self._waiting[0], self._target, others))
                del self._waiting[0]
        except OSError as error:
            self._refusal = str(error)
        except BaseException:
            self.stop()
            raise


def run_probes(probes: Iterable[Probe], target: Target) -> Pairs:
    """Run probes side by side and wait for their facts; see `Probing.finish`."""
    with Probing(probes, target) as probing:
        return probing.finish()


def _grouped(tasks: Iterable[_Task]) -> list[list[_Task]]:
    groups: dict[object, list[_Task]] = {}
    for task in tasks:
        groups.setdefault(task.probe.group or id(task), []).append(task)
    return list(groups.values())


def _start(tasks: list[_Task], target: Target, others: Iterable[int]) -> _Child:
    sys.stdout.flush()
    sys.stderr.flush()
    read_end, write_end = os.pipe()
    parent = os.getpid()
    # Ctrl-C reaches all processes of a terminal: one that is not yet its own would run the parent's cleanup.
    unblocked = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        pid = os.fork()
        if pid == 0:
            probes = [task.probe for task in tasks]
            _child_main(probes, target, write_end, parent, (read_end, *others), unblocked)
    except OSError:
        os.close(read_end)
        raise
    finally:
        os.close(write_end)
        signal.pthread_sigmask(signal.SIG_SETMASK, unblocked)
    return _Child(tasks, pid, read_end, time.monotonic() + tasks[0].probe.deadline)


def _child_main(
    probes: list[Probe], target: Target, write_end: int, parent: int, foreign: Iterable[int], unblocked: Iterable[int]
) -> None:
    status = 1
    try:
        end_with(parent)
        # The parent's handlers must not run twice, and a terminal's Ctrl-C is the parent's.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, unblocked)
        for end in foreign:
            os.close(end)
        # A probe builds many small objects, drops few, and ends soon.
        gc.disable()
        with os.fdopen(write_end, "wb") as pipe:
            _answer(probes, target, pipe)
        status = 0
    finally:
        # Not sys.exit: the child must not run the parent's cleanup.
        os._exit(status)


def _answer(probes: list[Probe], target: Target, pipe: IO[bytes]) -> None:
    """Run the probes and send the answer of each as soon as it is known."""
    for probe in probes:
        try:
            message: tuple[str, Any] = ("facts", list(probe.find(target)))
        except Exception as error:  # noqa: BLE001 - whatever a probe raises becomes Unknown
            message = ("error", f"{type(error).__name__}: {error}")
        else:
            earlier = {key.name: fact for key, fact in message[1]}
            target = dataclasses.replace(target, earlier={**target.earlier, **earlier})
        answer = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
        pipe.write(len(answer).to_bytes(_SIZE, "big"))
        pipe.write(answer)
        pipe.flush()


def _collect(selector: selectors.BaseSelector, news: Callable[[], None]) -> None:
    while selector.get_map():
        waiting = [key.data for key in selector.get_map().values()]
        timeout = max(0.0, min(child.ends_at for child in waiting) - time.monotonic())
        answered = False
        for key, _ in selector.select(timeout):
            chunk = os.read(key.fd, 1 << 20)
            answered = key.data.hear(chunk) or answered
            # What a probe has started and left behind may keep the pipe open.
            if not chunk or not key.data.tasks:
                selector.unregister(key.fd)
        now = time.monotonic()
        for child in waiting:
            if child.ends_at <= now and child.pipe in selector.get_map():
                _kill(child)
                child.timed_out = True
                selector.unregister(child.pipe)
        if answered:
            news()


def _kill(child: _Child) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(child.pid, signal.SIGKILL)


def _finish(child: _Child) -> list[_Task]:
    """Let go of a child that has ended; return the tasks that it has not come to."""
    os.close(child.pipe)
    # A child that hangs in the kernel cannot be reaped now, and must not be waited for.
    _, status = os.waitpid(child.pid, os.WNOHANG if child.timed_out else 0)
    if not child.tasks:
        return []
    died, *left = child.tasks
    died.pairs = _unknown(died.probe, (), *_why_it_died(died.probe, child.timed_out, status))
    return left


def _facts(probe: Probe, kind: str, content: Any) -> Pairs:
    """What an answer says, and Unknown for what it does not say."""
    if kind == "error":
        return _unknown(probe, (), Reason.FAILED, f"failed: {content}")
    found: Pairs = content
    return found + _unknown(probe, [key.name for key, _ in found], Reason.FAILED, "did not state it")


def _unknown(probe: Probe, stated: Collection[str], reason: Reason, detail: str) -> Pairs:
    """Unknown for each key of a probe that it has not stated; `detail` is what became of the probe."""
    source = Source(kind=SourceKind.RUN, where=f"probe {probe.name}")
    unknown: Unknown[Any] = Unknown(reason=reason, detail=f"the probe {probe.name} {detail}", source=source)
    return [(key, unknown) for key in probe.keys if key.name not in stated]


def _why_it_died(probe: Probe, timed_out: bool, status: int) -> tuple[Reason, str]:
    if timed_out:
        return Reason.TIMED_OUT, f"took longer than {probe.deadline:g} s"
    if os.WIFSIGNALED(status):
        return Reason.FAILED, f"was ended by {signal_name(os.WTERMSIG(status))}"
    return Reason.FAILED, "ended without an answer"
