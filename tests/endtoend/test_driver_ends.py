"""Children of the proof that hang, crash, are killed, print without end or leave processes behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from doctor.core.endtoend import Ending, PhaseName
from doctor.core.fact import Reason
from doctor.endtoend.transcript import LOG_BYTES, LogTail
from tests.endtoend.children import ALL, Child, assert_rest_did_not_run, unknown
from tests.processes import is_gone


def test_a_child_that_hangs_in_a_phase_is_ended(child: Child) -> None:
    run = child.run(
        """
        passes("import"); start("make")
        print(os.getpid(), flush=True)
        other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        open(sys.argv[0] + ".pids", "w").write(f"{os.getpid()} {other.pid}")
        time.sleep(600)
        """,
        phase_limit=1.5,
    )
    assert unknown(run, PhaseName.MAKE).reason is Reason.TIMED_OUT
    assert_rest_did_not_run(run, PhaseName.MAKE)
    pids = [int(pid) for pid in Path(f"{child.script}.pids").read_text().split()]
    assert len(pids) == 2
    assert all(is_gone(pid) for pid in pids)


def test_a_child_that_never_answers_is_ended(child: Child) -> None:
    run = child.run("time.sleep(600)", deadline=1.0)
    assert unknown(run, PhaseName.IMPORT).reason is Reason.TIMED_OUT


def test_a_child_that_closes_its_pipes_and_hangs_is_ended(child: Child) -> None:
    run = child.run("os.close(options.report); os.close(1); os.close(2); time.sleep(600)", deadline=1.0)
    assert unknown(run, PhaseName.IMPORT).reason is Reason.TIMED_OUT


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("ctypes.string_at(0)", "SIGSEGV"),
        ("os.kill(os.getpid(), signal.SIGILL)", "SIGILL"),
        ("os.kill(os.getpid(), signal.SIGBUS)", "SIGBUS"),
        ("os.abort()", "SIGABRT"),
    ],
)
def test_a_crash_is_a_finding_that_names_the_signal(child: Child, body: str, name: str) -> None:
    run = child.run(f'passes("import", "make"); start("conversion"); print("last words", flush=True); {body}')
    finding = run.finding(PhaseName.CONVERSION).value
    assert finding.ending is Ending.CRASHED
    assert name in finding.message
    assert "last words" in finding.log
    assert_rest_did_not_run(run, PhaseName.CONVERSION)


def test_a_crash_between_two_phases_belongs_to_the_next(child: Child) -> None:
    run = child.run('passes("import"); ctypes.string_at(0)')
    assert run.finding(PhaseName.MAKE).value.ending is Ending.CRASHED


def test_being_killed_is_not_held_against_the_stack(child: Child) -> None:
    run = child.run('start("import"); os.kill(os.getpid(), signal.SIGKILL)')
    assert unknown(run, PhaseName.IMPORT).reason is Reason.FAILED
    assert "a limit of memory" in unknown(run, PhaseName.IMPORT).detail


@pytest.fixture
def small_group() -> Iterator[Path]:
    """A control group of 64 MiB, which only root can make, and not in every container."""
    for folder in (Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")):
        group = folder / f"doctor-test-{os.getpid()}"
        limit = group / ("memory.limit_in_bytes" if folder.name == "memory" else "memory.max")
        try:
            group.mkdir()
            limit.write_text(str(64 << 20))
        except OSError:
            with contextlib.suppress(OSError):
                group.rmdir()
            continue
        yield group / "cgroup.procs"
        group.rmdir()
        return
    pytest.skip("may not make a control group here")


def test_the_killer_of_the_kernel_is_known_when_it_was_that(child: Child, small_group: Path) -> None:
    """A real one: the child goes into a control group of 64 MiB and takes more."""
    run = child.run(
        f"""
        passes("import"); start("make")
        open({str(small_group)!r}, "w").write(str(os.getpid()))
        held = [bytearray(16 << 20) for _ in range(64)]
        time.sleep(600)
        """
    )
    finding = run.finding(PhaseName.MAKE).value
    assert finding.ending is Ending.CRASHED
    assert "out-of-memory killer" in finding.message


def test_a_signal_without_a_name_is_told_by_its_number(child: Child) -> None:
    run = child.run('start("import"); os.kill(os.getpid(), signal.SIGRTMIN + 5)')
    assert str(signal.SIGRTMIN + 5) in unknown(run, PhaseName.IMPORT).detail


@pytest.mark.parametrize("stage", ALL)
def test_a_child_that_hangs_at_any_stage_is_ended_there(child: Child, stage: str) -> None:
    run = child.run(f"passes(*{ALL[: ALL.index(stage)]}); start({stage!r}); time.sleep(600)", phase_limit=0.3)
    assert unknown(run, PhaseName(stage)).reason is Reason.TIMED_OUT
    assert_rest_did_not_run(run, PhaseName(stage))


@pytest.mark.parametrize("status", [0, 1, 77])
def test_an_exit_without_an_answer_is_never_success(child: Child, status: int) -> None:
    run = child.run(f'passes("import"); print("giving up", flush=True); sys.exit({status})')
    assert f"exit status {status}" in unknown(run, PhaseName.MAKE).detail
    assert "giving up" in unknown(run, PhaseName.MAKE).detail
    assert_rest_did_not_run(run, PhaseName.MAKE)


def test_a_child_that_prints_without_end_is_neither_blocked_nor_kept(child: Child) -> None:
    run = child.run(
        """
        start("import")
        for _ in range(200):
            print("x" * 100_000)
        sys.stdout.flush()
        end("import", "raised", "it printed")
        """
    )
    finding = run.finding(PhaseName.IMPORT).value
    assert sum(map(len, finding.log)) < 10_000


def test_of_what_is_printed_only_the_end_is_held() -> None:
    tail = LogTail()
    for number in range(100):
        tail.feed(f"{number}\n".encode() * 10_000)
    assert len(tail.text) == LOG_BYTES
    assert tail.lines()[-1] == "99"


def test_what_the_child_leaves_running_is_not_waited_for(child: Child) -> None:
    """A process that inherits the pipes would hold them open for ten minutes."""
    started = time.monotonic()
    child.run(
        """
        passes("import")
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], pass_fds=(options.report,))
        """,
        deadline=300.0,
    )
    assert time.monotonic() - started < 100


@pytest.mark.parametrize("clean", ["", "env={}, ", "cwd='/', "])
def test_a_daemon_of_the_child_does_not_survive(child: Child, clean: str) -> None:
    """It has a session of its own, as servers and workers may: no signal to the child's group reaches it."""
    child.run(
        f"""
        sleeper = [sys.executable, "-S", "-c", "import time; time.sleep(600)"]
        daemon = subprocess.Popen(sleeper, {clean}start_new_session=True)
        open(sys.argv[0] + ".pid", "w").write(str(daemon.pid))
        passes(*{ALL}); send(kind="done")
        """
    )
    assert is_gone(int(Path(f"{child.script}.pid").read_text()))


DOCTOR = """
import os, sys
from pathlib import Path
from doctor.endtoend.driver import run_end_to_end
payload, parent = map(Path, sys.argv[1:])
run_end_to_end(Path(sys.executable), environ=os.environ, progress=print, payload=payload, parent=parent)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_when_doctor_itself_is_ended(child: Child, number: signal.Signals) -> None:
    payload = child.write(
        """
        open(options.folder + "/big", "w").write("x" * 1000)
        daemon = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
        open(sys.argv[0] + ".pid.part", "w").write(f"{os.getpid()} {daemon.pid}")
        os.rename(sys.argv[0] + ".pid.part", sys.argv[0] + ".pid")
        time.sleep(600)
        """
    )
    command = [sys.executable, "-c", DOCTOR, str(payload), str(child.parent)]
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    doctor = subprocess.Popen(command, **silent, start_new_session=True)
    written = Path(f"{payload}.pid")
    while not written.exists():
        assert doctor.poll() is None
        time.sleep(0.02)
    os.killpg(doctor.pid, number)  # as a terminal does: to all of its group
    doctor.wait(timeout=30)
    assert all(is_gone(int(pid)) for pid in written.read_text().split())
    for _ in range(100):
        if not list(child.parent.iterdir()):
            return
        time.sleep(0.05)
    pytest.fail("files were left behind")


def test_a_deadline_quotes_what_was_said_last(child: Child) -> None:
    run = child.run('start("import"); print("waiting for a peer", flush=True); time.sleep(600)', phase_limit=1.0)
    assert "waiting for a peer" in unknown(run, PhaseName.IMPORT).detail
