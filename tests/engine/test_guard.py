from __future__ import annotations

import contextlib
import dataclasses
import faulthandler
import gc
import mmap
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from doctor.core.fact import Known, Reason, Unknown
from doctor.core.target import Facts, Probe, Target
from doctor.engine.guard import Probing, run_probes
from doctor.probes.catalogue import all_probes
from tests.engine.probing import NAME, SIZE, TARGET, known, probe
from tests.processes import is_gone


def only(probe: Probe) -> Unknown[Any]:
    ((_, fact),) = run_probes([probe], TARGET)
    assert isinstance(fact, Unknown), fact
    return fact


def test_facts_come_back_as_they_were_found() -> None:
    facts = run_probes([probe(lambda target: [(SIZE, known(target.interpreter.version))])], TARGET)
    assert facts == [(SIZE, known("3.11.7"))]


def test_a_probe_that_raises_names_the_exception() -> None:
    def find(_target: Target) -> Facts:
        raise LookupError("no such thing")

    fact = only(probe(find))
    assert fact.reason is Reason.FAILED
    assert "LookupError: no such thing" in fact.detail
    assert "tested" in str(fact.source)


def test_a_generator_that_raises_late_loses_all_of_its_facts() -> None:
    def find(_target: Target) -> Facts:
        yield SIZE, known(1)
        raise LookupError("halfway")

    facts = run_probes([probe(find, SIZE, NAME)], TARGET)
    assert [type(fact) for _, fact in facts] == [Unknown, Unknown]


@pytest.mark.parametrize("deadline", [0.3])
def test_a_probe_that_hangs_is_reported_as_timed_out_and_ended(tmp_path: Path, deadline: float) -> None:
    def find(_target: Target) -> Facts:
        (tmp_path / "pid").write_text(str(os.getpid()))
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGINT])
        time.sleep(1000)
        return []

    fact = only(probe(find, deadline=deadline))
    assert fact.reason is Reason.TIMED_OUT
    assert "0.3 s" in fact.detail
    pid = int((tmp_path / "pid").read_text())
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)  # returns only because the child was killed
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_reading_a_truncated_file_through_a_map_does_not_end_the_run(tmp_path: Path) -> None:
    path = tmp_path / "library.so"
    path.write_bytes(b"x" * mmap.PAGESIZE * 4)

    def find(_target: Target) -> Facts:
        faulthandler.disable()  # pytest's report of a crash that is wanted
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
            os.truncate(path, 0)
            return [(SIZE, known(view[mmap.PAGESIZE * 2]))]

    fact = only(probe(find))
    assert fact.reason is Reason.FAILED
    assert "SIGBUS" in fact.detail


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL, signal.SIGTERM, signal.SIGABRT])
def test_a_probe_that_a_signal_ends_names_the_signal(number: signal.Signals) -> None:
    def find(_target: Target) -> Facts:
        faulthandler.disable()
        os.kill(os.getpid(), number)
        time.sleep(60)
        return []

    fact = only(probe(find))
    assert fact.reason is Reason.FAILED
    assert number.name in fact.detail


def test_a_signal_without_a_name_is_told_by_its_number() -> None:
    def find(_target: Target) -> Facts:
        os.kill(os.getpid(), signal.SIGRTMIN + 3)
        time.sleep(60)
        return []

    assert f"signal {signal.SIGRTMIN + 3}" in only(probe(find)).detail


@pytest.mark.parametrize("leave", [lambda: os._exit(0), lambda: os._exit(7), lambda: exec("raise SystemExit(0)")])
def test_a_probe_that_leaves_without_an_answer_is_not_healthy(leave: Callable[[], None]) -> None:
    def find(_target: Target) -> Facts:
        leave()
        return []

    fact = only(probe(find))
    assert fact.reason is Reason.FAILED
    assert "without an answer" in fact.detail


def test_an_answer_that_cannot_be_sent_is_a_failure() -> None:
    fact = only(probe(lambda _target: [(SIZE, known(lambda: None))]))
    assert fact.reason is Reason.FAILED


def test_a_key_that_a_probe_forgets_is_unknown() -> None:
    facts = dict(run_probes([probe(lambda _target: [(NAME, known("x"))], SIZE, NAME)], TARGET))
    assert facts[NAME] == known("x")
    forgotten = facts[SIZE]
    assert isinstance(forgotten, Unknown)
    assert "did not state it" in forgotten.detail


def test_an_answer_of_twenty_megabytes_arrives_whole() -> None:
    facts = run_probes([probe(lambda _target: [(NAME, known("x" * 20_000_000))], NAME)], TARGET)
    assert facts == [(NAME, known("x" * 20_000_000))]


def test_a_probe_that_dies_does_not_cost_the_facts_of_another() -> None:
    def die(_target: Target) -> Facts:
        os.kill(os.getpid(), signal.SIGKILL)
        return []

    facts = run_probes([probe(die), probe(lambda _target: [(NAME, known("alive"))], NAME, name="other")], TARGET)
    assert [type(fact) for _, fact in facts] == [Unknown, Known]


def test_probes_run_side_by_side(tmp_path: Path) -> None:
    """Each of two probes waits for the other: one after the other, neither could end."""

    def meet(own: str, other: str) -> Callable[[Target], Facts]:
        def find(_target: Target) -> Facts:
            (tmp_path / own).touch()
            while not (tmp_path / other).exists():
                time.sleep(0.01)
            return [(SIZE if own == "a" else NAME, known(own))]

        return find

    facts = run_probes([probe(meet("a", "b"), SIZE), probe(meet("b", "a"), NAME)], TARGET)
    assert facts == [(SIZE, known("a")), (NAME, known("b"))]


def test_the_order_of_the_facts_is_that_of_the_probes() -> None:
    def slow(_target: Target) -> Facts:
        time.sleep(0.2)
        return [(SIZE, known(1))]

    facts = run_probes([probe(slow), probe(lambda _target: [(NAME, known("fast"))], NAME)], TARGET)
    assert [key for key, _ in facts] == [SIZE, NAME]


def test_a_late_answer_of_one_probe_leaves_that_of_another_alone() -> None:
    def late(_target: Target) -> Facts:
        time.sleep(60)
        return []

    def quick(_target: Target) -> Facts:
        time.sleep(0.6)  # answers after the first one's deadline
        return [(NAME, known("here"))]

    facts = run_probes([probe(late, deadline=0.2), probe(quick, NAME)], TARGET)
    assert [type(fact) for _, fact in facts] == [Unknown, Known]


def test_what_a_probe_changes_stays_in_its_own_process() -> None:
    seen: list[int] = []

    def find(_target: Target) -> Facts:
        seen.append(1)
        os.environ["DOCTOR_TEST"] = "1"
        return [(SIZE, known(1))]

    run_probes([probe(find)], TARGET)
    assert seen == []
    assert "DOCTOR_TEST" not in os.environ


def test_no_probes_give_no_facts() -> None:
    assert run_probes([], TARGET) == []


def test_a_probe_that_leaves_a_process_behind_has_answered() -> None:
    """The process that stays holds the pipe open; the answer is there all the same."""

    def find(_target: Target) -> Facts:
        left = os.fork()
        if left == 0:
            time.sleep(1000)
            os._exit(0)
        return [(SIZE, known(left))]

    ((_, fact),) = run_probes([probe(find, deadline=2000)], TARGET)
    assert isinstance(fact, Known)
    os.kill(fact.value, signal.SIGKILL)


def test_leaving_ends_the_probes_that_are_at_work(tmp_path: Path) -> None:
    note = tmp_path / "pid"

    def hang(_target: Target) -> Facts:
        (tmp_path / "new").write_text(str(os.getpid()))
        (tmp_path / "new").replace(note)
        time.sleep(60)
        return []

    before = os.listdir("/proc/self/fd")
    with Probing([probe(hang)], TARGET):
        while not note.exists():
            time.sleep(0.01)
    assert is_gone(int(note.read_text()))
    assert os.listdir("/proc/self/fd") == before


def test_leaving_buries_a_probe_that_has_died(tmp_path: Path) -> None:
    note = tmp_path / "pid"

    def die(_target: Target) -> Facts:
        note.write_text(str(os.getpid()))
        os.kill(os.getpid(), signal.SIGKILL)
        return []

    with Probing([probe(die)], TARGET):
        while not (note.exists() and note.read_text() and is_gone(int(note.read_text()))):
            time.sleep(0.01)
    assert not Path("/proc", note.read_text()).exists()


def test_a_probe_has_its_own_pipe_only_and_no_handler_of_the_caller() -> None:
    def pipes() -> set[str]:
        links = [f"/proc/self/fd/{name}" for name in os.listdir("/proc/self/fd")]
        return {target for link in links if os.path.islink(link) and (target := os.readlink(link))[:5] == "pipe:"}

    before, mask = pipes(), signal.pthread_sigmask(signal.SIG_BLOCK, [])

    def find(_target: Target) -> Facts:
        handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
        yield (
            NAME,
            known((len(pipes() - before), handlers, signal.pthread_sigmask(signal.SIG_BLOCK, []), gc.isenabled())),
        )

    handler = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        facts = run_probes([probe(find, NAME) for _ in range(3)], TARGET)
    finally:
        signal.signal(signal.SIGTERM, handler)
    assert [fact for _, fact in facts] == [known((1, [signal.SIG_IGN, signal.SIG_DFL], mask, False))] * 3
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == mask


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_what_the_caller_has_begun_to_write_is_not_written_again(
    stream: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find(_target: Target) -> Facts:
        print("by the probe", file=getattr(sys, stream), flush=True)
        return [(SIZE, known(1))]

    with (tmp_path / "written").open("w") as file:
        monkeypatch.setattr(sys, stream, file)
        file.write("by the caller, ")
        run_probes([probe(find)], TARGET)
    assert (tmp_path / "written").read_text() == "by the caller, by the probe\n"


def test_one_that_hangs_is_ended_while_others_have_time_left(tmp_path: Path) -> None:
    note = tmp_path / "pid"

    def hang(_target: Target) -> Facts:
        (tmp_path / "new").write_text(str(os.getpid()))
        (tmp_path / "new").replace(note)
        time.sleep(1000)
        return []

    def wait(_target: Target) -> Facts:
        while not note.exists() or not is_gone(int(note.read_text())):
            time.sleep(0.01)
        return [(NAME, known("it is gone"))]

    facts = run_probes([probe(hang, deadline=0.2), probe(wait, NAME)], TARGET)
    assert [type(fact) for _, fact in facts] == [Unknown, Known]


@pytest.mark.parametrize("probe", all_probes(), ids=lambda probe: probe.name)
@pytest.mark.parametrize("fault", ["killed", "hanging", "out of memory"])
def test_whichever_probe_fails_each_of_its_facts_is_unknown(probe: Probe, fault: str) -> None:
    def find(_target: Target) -> Facts:
        if fault == "out of memory":
            resource.setrlimit(resource.RLIMIT_AS, (1 << 28, 1 << 28))
            return [(SIZE, known(bytearray(1 << 30)))]
        if fault == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(60)
        return []

    facts = run_probes([dataclasses.replace(probe, find=find, deadline=0.2 if fault == "hanging" else 20)], TARGET)
    assert [key for key, _ in facts] == list(probe.keys)
    said = {"killed": "was ended by SIGKILL", "hanging": "took longer than", "out of memory": "failed: MemoryError"}
    assert all(isinstance(fact, Unknown) and said[fault] in fact.detail for _, fact in facts)
