"""Probes that share a process, and probes for which the machine has no room."""

from __future__ import annotations

import contextlib
import errno
import functools
import itertools
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from doctor.core.fact import Known, Reason, Unknown
from doctor.core.snapshot import Key
from doctor.core.target import Facts, Probe, Target
from doctor.engine.guard import Probing, run_probes
from tests.engine.probing import NAME, SIZE, TARGET, known, probe
from tests.processes import is_gone

TEXT: Key[str] = Key("text", str, "a text")


@contextlib.contextmanager
def descriptors_left(count: int) -> Iterator[None]:
    """No more than so many files can be opened."""
    used = {int(name) for name in os.listdir("/proc/self/fd")}
    free = itertools.filterfalse(used.__contains__, itertools.count())
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (next(itertools.islice(free, count, None)), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


_refusing: list[bool] = []


@functools.cache
def _watch_forks() -> None:
    """A hook cannot be taken away again."""

    def refuse(event: str, _: object) -> None:
        if event == "os.fork" and _refusing:
            raise BlockingIOError(errno.EAGAIN, "no processes left")

    sys.addaudithook(refuse)


@contextlib.contextmanager
def forks_refused() -> Iterator[None]:
    """As where a user may have no more processes, which root always may."""
    _watch_forks()
    _refusing.append(True)
    try:
        yield
    finally:
        _refusing.clear()


def numbered(count: int) -> list[Probe]:
    def make(number: int) -> Probe:
        key = Key(f"number-{number}", int, "a number")
        return probe(lambda _target: [(key, known(number))], key, name=f"probe {number}")

    return [make(number) for number in range(count)]


def test_probes_that_do_not_fit_into_the_limit_of_open_files_wait_for_the_others() -> None:
    with descriptors_left(6):
        facts = run_probes(numbered(12), TARGET)
    assert [(key.name, fact) for key, fact in facts] == [(f"number-{number}", known(number)) for number in range(12)]


def test_probes_that_cannot_be_started_at_all_are_unknown() -> None:
    with descriptors_left(0):
        facts = run_probes(numbered(3), TARGET)
    assert [(key.name, str(getattr(fact, "detail", fact))) for key, fact in facts] == [
        (f"number-{number}", f"the probe probe {number} cannot be started: [Errno 24] Too many open files")
        for number in range(3)
    ]


def test_probes_for_which_no_process_can_be_made_are_unknown_and_leave_no_file_open() -> None:
    before = os.listdir("/proc/self/fd")
    with forks_refused():
        facts = run_probes(numbered(2), TARGET)
    said = "the probe probe {} cannot be started: [Errno 11] no processes left"
    assert [getattr(fact, "detail", fact) for _, fact in facts] == [said.format(number) for number in range(2)]
    assert os.listdir("/proc/self/fd") == before


class TestGroups:
    """Probes of one group share a process, and a probe that ends it costs its own facts only."""

    def test_they_run_in_one_process_and_read_what_was_found_before(self) -> None:
        def second(target: Target) -> Facts:
            time.sleep(0.1)  # it has a time of its own, from the first one's answer on
            return [(NAME, known((os.getpid(), target.earlier)))]

        first = grouped(lambda _target: [(SIZE, known(os.getpid()))], SIZE)
        (_, size), (_, name) = run_probes([first, grouped(second, NAME)], TARGET)
        assert isinstance(size, Known)
        assert size.value != os.getpid()
        assert name == known((size.value, {"size": size}))

    def test_what_is_found_is_told_whenever_there_is_more(self) -> None:
        told: list[list[Key[Any]]] = []
        # What is long arrives piece by piece.
        long = grouped(lambda _target: [(SIZE, known("x" * 1_000_000))], SIZE)
        probes = [*numbered(3), long, grouped(lambda _target: [], NAME)]
        with Probing(probes, TARGET) as probing:
            facts = probing.finish(lambda found: told.append([key for key, _ in found]))
        assert told[-1] == [key for key, _ in facts]
        assert [len(keys) for keys in told] == sorted({len(keys) for keys in told})

    def test_an_answer_counts_that_came_in_time_while_the_caller_was_busy(self, tmp_path: Path) -> None:
        go = tmp_path / "go"

        def answer(_target: Target) -> Facts:
            while not go.exists():
                time.sleep(0.01)
            return [(NAME, known("here"))]

        def busy(found: list[tuple[Key[Any], Any]]) -> None:
            over = time.monotonic() + 0.3  # the second one's time, which the first one's answer began
            go.touch()
            assert is_gone(dict(found)[SIZE].value)
            time.sleep(max(0.0, over - time.monotonic()))

        probes = [grouped(lambda _: [(SIZE, known(os.getpid()))], SIZE), grouped(answer, NAME, deadline=0.3)]
        with Probing(probes, TARGET) as probing:
            assert dict(probing.finish(busy))[NAME] == known("here")

    def test_one_that_dies_leaves_the_others_their_facts(self) -> None:
        facts = run_probes(
            [
                grouped(lambda _target: [(SIZE, known(1))], SIZE),
                grouped(lambda _target: os.kill(os.getpid(), signal.SIGKILL), TEXT),  # type: ignore[arg-type,return-value]
                grouped(lambda _target: [(NAME, known("after"))], NAME),
            ],
            TARGET,
        )
        assert [(key, type(fact)) for key, fact in facts] == [(SIZE, Known), (TEXT, Unknown), (NAME, Known)]

    def test_one_that_hangs_leaves_the_others_their_facts_and_their_time(self) -> None:
        def hang(_target: Target) -> Facts:
            time.sleep(60)
            return []

        facts = run_probes(
            [
                # Its own time ends before that of the first would.
                grouped(lambda _target: [(SIZE, known(1))], SIZE, deadline=90),
                grouped(hang, TEXT, deadline=0.2),
                grouped(lambda _target: [(NAME, known("after"))], NAME),
            ],
            TARGET,
        )
        assert facts[0] == (SIZE, known(1))
        assert facts[2] == (NAME, known("after"))
        assert getattr(facts[1][1], "reason", None) is Reason.TIMED_OUT

    def test_one_that_raises_leaves_the_others_their_facts(self) -> None:
        def fail(_target: Target) -> Facts:
            raise LookupError("no such thing")

        facts = run_probes([grouped(fail, TEXT), grouped(lambda _target: [(NAME, known("x"))], NAME)], TARGET)
        assert [type(fact) for _, fact in facts] == [Unknown, Known]

    def test_all_of_a_group_that_cannot_be_started_are_unknown(self) -> None:
        with descriptors_left(0):
            facts = run_probes([grouped(lambda _target: [], SIZE), grouped(lambda _target: [], NAME)], TARGET)
        assert ["cannot be started" in str(getattr(fact, "detail", "")) for _, fact in facts] == [True, True]


def grouped(find: Callable[[Target], Facts], *keys: Key[Any], deadline: float = 20.0) -> Probe:
    return Probe(name="tested", keys=keys, find=find, deadline=deadline, group="tests")
