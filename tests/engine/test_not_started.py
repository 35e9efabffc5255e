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
from tests.processes import as_nobody, is_gone

NUMBER: Key[int] = Key("number", int, "a number")
TARGET = Target(interpreter=interpreter())


def find(_target: Target) -> Facts:
    return [(NUMBER, Known(value=1, source=Source(kind=SourceKind.RUN, where="test")))]


def test_where_no_process_may_be_started_its_facts_are_unknown():
    """As another user: root's own processes know no limit."""
    before = resource.getrlimit(resource.RLIMIT_NPROC)
    resource.setrlimit(resource.RLIMIT_NPROC, (0, before[1]))
    try:
        with as_nobody() if os.geteuid() == 0 else contextlib.nullcontext():
            ((_, fact),) = run_probes([Probe(name="tested", keys=(NUMBER,), find=find)], TARGET)
    finally:
        resource.setrlimit(resource.RLIMIT_NPROC, before)
    assert isinstance(fact, Unknown)
    assert fact.detail.startswith("the probe tested cannot be started: [Errno 11]")


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
