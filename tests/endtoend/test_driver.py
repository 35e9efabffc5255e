"""The driver with children that misbehave: real processes, no torch."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from doctor.core.endtoend import END_TO_END, Ending, PhaseName
from doctor.core.fact import Absent, Known, Reason, Unknown
from doctor.core.snapshot import snapshot_of, to_json
from doctor.endtoend.driver import run_end_to_end
from doctor.endtoend.job import Job
from doctor.endtoend.surroundings import child_environ
from doctor.endtoend.transcript import LOG_BYTES, LogTail
from doctor.intake.snapshot import decode_snapshot
from tests.endtoend.children import ALL, Child, assert_rest_did_not_run, unknown
from tests.processes import is_gone


@pytest.fixture
def child(tmp_path: Path) -> Child:
    return Child(tmp_path)


def test_every_phase_that_agrees_is_known(child: Child) -> None:
    run = child.run(
        f"""
        send(kind="about", versions={{"torch": "2.13.0"}}, device="cpu", dtype="float32")
        passes(*{ALL})
        send(kind="done")
        """
    )
    assert {run.finding(name).value.ending for name in PhaseName} == {Ending.AGREES}
    assert (run.device, run.dtype, run.versions) == ("cpu", "float32", {"torch": "2.13.0"})
    told = [Job().describe(name) for name in PhaseName]
    assert child.lines == [line for what in told for line in (what, f"{what}: agrees, 0.5 s")]


def test_a_difference_and_an_exception_keep_what_was_said(child: Child) -> None:
    run = child.run(
        f"""
        start("import"); end("import", "differs", "4 instead of 5")
        print("on stdout"); print("on stderr", file=sys.stderr, flush=True); sys.stdout.flush()
        start("make"); end("make", "raised", "ValueError: no", trace=["File x", "ValueError: no"])
        passes(*{ALL[2:]}); send(kind="done")
        """
    )
    assert run.finding(PhaseName.IMPORT).value.message == "4 instead of 5"
    raised = run.finding(PhaseName.MAKE).value
    assert raised.ending is Ending.RAISED
    assert raised.log[:2] == ("File x", "ValueError: no")
    assert {"on stdout", "on stderr"} <= set(raised.log)


def test_a_phase_that_could_not_run_is_unknown_with_its_reason(child: Child) -> None:
    run = child.run(
        f"""
        start("import"); end("import", "could-not-run", "vllm is not installed", reason="not-run")
        passes(*{ALL[1:]}); send(kind="done")
        """
    )
    assert unknown(run, PhaseName.IMPORT).detail == "vllm is not installed"
    assert unknown(run, PhaseName.IMPORT).reason is Reason.NOT_RUN


def test_phases_that_were_left_out_are_unknown(child: Child) -> None:
    run = child.run('passes("import"); send(kind="done")')
    assert unknown(run, PhaseName.VLLM_ADAPTER).reason is Reason.NOT_RUN


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


@pytest.mark.parametrize(
    "body",
    [
        r'write(b"\x00\xff garbage\n")',
        "write(b'[1, 2]\\n')",
        "write(b'x' * (3 << 20))",
        'start("import"); start("make")',
        'end("import")',
        'start("no-such-phase")',
        'start("import"); end("import", "splendid")',
        'start("import"); end("import", message=7)',
        'start("import"); send(kind="end", phase="import", seconds="long", ending="agrees", message="")',
        'passes("import"); passes("import")',
    ],
)
def test_garbage_on_the_report_is_malformed_and_ends_the_run(child: Child, body: str) -> None:
    run = child.run(f"{body}\ntime.sleep(600)", deadline=20.0)
    assert Reason.MALFORMED in {
        run.finding(name).reason for name in PhaseName if isinstance(run.finding(name), Unknown)
    }
    assert isinstance(run.finding(PhaseName.VLLM_MERGED), Unknown)


def test_a_report_that_comes_in_pieces_is_read(child: Child) -> None:
    run = child.run(
        f"""
        text = "".join(
            json.dumps(message) + "\\n"
            for phase in {ALL}
            for message in ({{"kind": "start", "phase": phase}},
                {{"kind": "end", "phase": phase, "seconds": 1, "ending": "agrees", "message": "größer"}})
        ).encode()
        for index in range(0, len(text), 7):
            write(text[index : index + 7])
        send(kind="done")
        """
    )
    assert run.finding(PhaseName.VLLM_MERGED).value.message == "größer"


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


def test_an_interpreter_that_is_not_there_makes_the_fact_unknown_and_leaves_nothing_open(tmp_path: Path) -> None:
    before = sorted(os.listdir("/proc/self/fd"))
    fact = run_end_to_end(tmp_path / "python", environ={}, progress=print, parent=tmp_path)
    assert isinstance(fact, Unknown)
    assert "No such file" in fact.detail
    assert list(tmp_path.iterdir()) == []
    assert sorted(os.listdir("/proc/self/fd")) == before


def test_no_place_for_files_makes_the_fact_unknown(tmp_path: Path) -> None:
    fact = run_end_to_end(Path(sys.executable), environ={}, progress=print, parent=tmp_path / "missing")
    assert isinstance(fact, Unknown)


def test_a_missing_payload_is_never_success(tmp_path: Path) -> None:
    payload = tmp_path / "none.py"
    fact = run_end_to_end(Path(sys.executable), environ={}, progress=print, payload=payload)
    assert isinstance(fact, Known)
    assert "exit status 2" in unknown(fact.value, PhaseName.IMPORT).detail


def test_the_child_gets_no_secrets_and_writes_below_its_folder_only(tmp_path: Path) -> None:
    given = {
        "HF_TOKEN": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "TOKENIZERS_PARALLELISM": "true",
        "CUDA_VISIBLE_DEVICES": "1",
    }
    environ = child_environ(given, tmp_path)
    assert "HF_TOKEN" not in environ
    assert "AWS_SECRET_ACCESS_KEY" not in environ
    assert environ["CUDA_VISIBLE_DEVICES"] == "1"
    assert environ["HF_HUB_OFFLINE"] == "1"
    for name in ("TMPDIR", "HF_HOME", "VLLM_CACHE_ROOT", "XDG_CACHE_HOME", "TRITON_CACHE_DIR"):
        assert Path(environ[name]).is_relative_to(tmp_path)


def test_the_fact_survives_a_snapshot(child: Child) -> None:
    """Judged elsewhere, the same run gives the same answer."""
    run = child.run('passes("import"); start("make"); ctypes.string_at(0)')
    source = run.phases[0].finding.source
    taken = snapshot_of("t", taken_at="now", version="1", facts=[(END_TO_END, Known(value=run, source=source))])
    assert decode_snapshot(json.dumps(to_json(taken)).encode(), "t").get(END_TO_END).value == run


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


def test_what_the_child_prints_is_shown_as_it_comes(child: Child) -> None:
    heard: list[bytes] = []
    run = child.run('print("on stdout", flush=True); start("import"); end("import")', raw=heard.append)
    assert b"on stdout\n" in b"".join(heard)
    assert run.finding(PhaseName.IMPORT).value.ending is Ending.AGREES


def test_a_phase_without_a_part_in_the_run_is_absent(child: Child) -> None:
    run = child.run('passes("import"); start("make"); end("make", "left-out", "nothing to make"); send(kind="done")')
    finding = run.finding(PhaseName.MAKE)
    assert isinstance(finding, Absent)
    assert finding.detail == "nothing to make"


def test_a_deadline_quotes_what_was_said_last(child: Child) -> None:
    run = child.run('start("import"); print("waiting for a peer", flush=True); time.sleep(600)', phase_limit=1.0)
    assert "waiting for a peer" in unknown(run, PhaseName.IMPORT).detail


def test_an_environment_that_is_not_compiled_gets_a_place_for_it(tmp_path: Path) -> None:
    environment = tmp_path / "env"
    torch = environment / "lib" / "python3.11" / "site-packages" / "torch"
    torch.mkdir(parents=True)
    python = environment / "bin" / "python"
    assert Path(child_environ({}, tmp_path, python)["PYTHONPYCACHEPREFIX"]).is_relative_to(tmp_path)
    (torch / "__pycache__").mkdir()
    environ = child_environ({"PYTHONPYCACHEPREFIX": "/elsewhere"}, tmp_path, python)
    assert "PYTHONPYCACHEPREFIX" not in environ
    assert environ["PYTHONDONTWRITEBYTECODE"] == "1"


def test_an_error_that_was_told_long_before_the_end_is_kept(child: Child) -> None:
    run = child.run(
        """
        start("import")
        print("Failed to import from vllm._C with ImportError: version `GLIBCXX_3.4.32' not found", flush=True)
        for number in range(100):
            print("line", number)
        sys.stdout.flush()
        end("import", "raised", "AttributeError: no such operator")
        """
    )
    log = run.finding(PhaseName.IMPORT).value.log
    assert "GLIBCXX_3.4.32" in log[0]
    assert log[-1] == "line 99"
