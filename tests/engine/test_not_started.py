"""Probes that cannot be started: no process is to be had, or Ctrl-C comes just then."""

from __future__ import annotations

import contextlib
import io
import os
import resource
import time
from pathlib import Path

import pytest

from doctor.core.fact import Known, Source, SourceKind, Unknown
from doctor.core.snapshot import Key
from doctor.core.target import Facts, Probe, Target
from doctor.engine.guard import Probing, run_probes
from tests.facts import interpreter
from tests.processes import is_gone

NUMBER: Key[int] = Key("number", int, "a number")
TARGET = Target(interpreter=interpreter())
NOBODY = 65534


def find(_target: Target) -> Facts:
    return [(NUMBER, Known(value=1, source=Source(kind=SourceKind.RUN, where="test")))]


def without_processes() -> str:
    """Run a probe as a user that may start no process; root's own processes know no limit."""
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    ((_, fact),) = run_probes([Probe(name="tested", keys=(NUMBER,), find=find)], TARGET)
    return fact.detail if isinstance(fact, Unknown) else repr(fact)


def test_where_no_process_may_be_started_its_facts_are_unknown():
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            said = without_processes()
        except BaseException as error:  # noqa: BLE001 - what a test's child raises is told to the test
            said = repr(error)
        os.write(writer, said.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        said = answer.read()
    os.waitpid(child, 0)
    assert said.startswith("the probe tested cannot be started: [Errno 11]")


class Interrupted(io.StringIO):
    """A stream in whose second flush Ctrl-C comes, once `note` is there: each start flushes what is written."""

    def __init__(self, note: Path) -> None:
        super().__init__()
        self._note, self._flushed = note, 0

    def flush(self) -> None:
        self._flushed += 1
        if self._flushed == 2:
            while not self._note.exists():
                time.sleep(0.01)
            raise KeyboardInterrupt


def test_a_signal_between_two_starts_ends_the_first(tmp_path: Path):
    note = tmp_path / "pid"

    def hang(_target: Target) -> Facts:
        time.sleep(60)
        return []

    def tell(_target: Target) -> Facts:
        (tmp_path / "new").write_text(str(os.getpid()))
        (tmp_path / "new").replace(note)
        return hang(_target)

    probes = [Probe(name=name, keys=(NUMBER,), find=look) for name, look in (("first", tell), ("second", hang))]
    with contextlib.redirect_stdout(Interrupted(note)), pytest.raises(KeyboardInterrupt):
        Probing(probes, TARGET)
    deadline = time.monotonic() + 10
    while not is_gone(int(note.read_text())) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert is_gone(int(note.read_text()))
