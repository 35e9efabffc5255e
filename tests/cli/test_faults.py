"""`doctor` while the machine fails it: a full disk, a signal, a clock that jumps, packages that change."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import doctor
from doctor.formats.snapshot import render_snapshot
from tests.bases import base
from tests.processes import MEASURING, is_gone, started, wait_for

DOCTOR = (sys.executable, "-m", "doctor")
JUDGED = (0, 1, 3)
OLD = "what was there before\n"

CLOCK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
/* The time of day jumps ahead by ten years every tenth of a second, and back by seventy; the monotonic clock is
   left alone. */
static long jump(void)
{
    static long start;
    struct timespec now;
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    long tenths = now.tv_sec * 10 + now.tv_nsec / 100000000;
    if (!start) start = tenths;
    return (tenths - start) % 8 * 10L * 365 * 86400;
}
int clock_gettime(clockid_t clock, struct timespec *now)
{
    int status = (int) syscall(SYS_clock_gettime, clock, now);
    if (clock == CLOCK_REALTIME) now->tv_sec += jump();
    return status;
}
int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec exact;
    (void) zone;
    clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec, now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}
time_t time(time_t *now)
{
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (now) *now = exact.tv_sec;
    return exact.tv_sec;
}
"""

SLOW = """
import time
from doctor.core.fact import Known, Source, SourceKind
from doctor.core.snapshot import Key
from doctor.core.target import Probe, Target
from doctor.engine.guard import run_probes
def answers_after(seconds):
    key = Key(str(seconds), str, "a text")
    def find(target):
        time.sleep(seconds)
        return [(key, Known(value="in time", source=Source(kind=SourceKind.RUN, where="test")))]
    return Probe(name=key.name, keys=(key,), find=find, deadline=60.0)
# The answer of the first has the clock looked at while the second is at work.
found = run_probes([answers_after(0.3), answers_after(0.6)], Target(interpreter=None))
print(*(getattr(fact, "value", fact) for _, fact in found))
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("faults") / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    return folder


@pytest.fixture
def bare(environ) -> dict[str, str]:
    """The same variables without coverage, which would write files and take memory of its own."""
    return {name: value for name, value in environ.items() if name not in MEASURING}


@pytest.fixture
def saved(tmp_path) -> Path:
    path = tmp_path / "snapshot.json"
    path.write_text(render_snapshot(base("sound_cpu")))
    return path


def run(command, environ, **options):
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=120, check=False, **options)


def outcomes(text: str) -> list[tuple[str, str]]:
    return [(item["code"], item["verdict"]) for item in json.loads(text)["outcomes"]]


class TestFullDisk:
    """Files that exist stay whole, the error is one line, and no half of a new file is left."""

    @staticmethod
    def assert_refused(done, path: Path) -> None:
        errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
        assert (done.returncode, len(errors)) == (2, 1), done.stderr
        assert str(path) in errors[0]
        assert "Traceback" not in done.stderr
        assert path.read_text() == OLD
        assert [item.name for item in path.parent.iterdir()] == [path.name]

    @pytest.fixture
    def path(self, tmp_path) -> Path:
        (tmp_path / "out").mkdir()
        path = tmp_path / "out/file"
        path.write_text(OLD)
        return path

    @pytest.mark.parametrize("arguments", [("check", "--format", "json"), ("check", "--format", "html"), ("snapshot",)])
    def test_a_file_that_may_not_grow(self, bare, saved, path, arguments):
        options = ("--python", sys.executable) if arguments == ("snapshot",) else ("--snapshot", str(saved))
        command = [*DOCTOR, *arguments, *options, "--output", str(path)]
        # Python itself, until 3.13, takes bytecode that was cut by this limit for whole.
        with started(command, env={**bare, "PYTHONDONTWRITEBYTECODE": "1"}, limit=1024) as process:
            output, errors = process.communicate(timeout=120)
        self.assert_refused(subprocess.CompletedProcess(command, process.returncode, output, errors), path)

    @pytest.mark.skipif(shutil.which("unshare") is None, reason="there is no unshare")
    def test_a_disk_that_is_full(self, environ, saved, tmp_path):
        """A real file system of 64 KiB, with a file in it that is to be replaced."""
        mount = tmp_path / "disk"
        mount.mkdir()
        path = mount / "report.json"
        prepare = f'mount -t tmpfs -o size=64k tmpfs "{mount}" && printf "{OLD[:-1]}\\n" > "{path}"'
        look = f'code=$?; ls -A "{mount}"; cat "{path}"; exit $code'
        script = f'{prepare} || exit 99; "$@"; {look}'
        command = ["unshare", "-m", "sh", "-c", script, "sh", *DOCTOR, "check", "--snapshot", str(saved)]
        done = run([*command, "--format", "json", "--output", str(path)], {**os.environ, **environ})
        if done.returncode == 99 or "unshare failed" in done.stderr:
            pytest.skip(f"may not mount here: {done.stderr.strip()}")
        assert done.returncode == 2, done.stderr
        assert done.stdout == f"report.json\n{OLD}"
        assert f"error: {path} cannot be written: No space left on device" in done.stderr


BEGUN = """
from doctor.cli import main

def load():
    print("begun", flush=True)
    from doctor.cli.app import app
    return app

main(load)
"""


class TestSignals:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_at_any_moment_it_ends_at_once_and_says_nothing(self, environ, environment, number):
        """It has ended with a verdict before, or with the code of the signal, and never with a traceback."""
        command = [sys.executable, "-c", BEGUN, "check", "--python", str(environment), "--output", "/dev/null"]
        began = time.monotonic()
        subprocess.run(command, env=environ, capture_output=True, check=False)
        whole = time.monotonic() - began
        codes = {128 + number, -number, *JUDGED}
        for moment in range(8):
            with started(command, env=environ) as process:
                assert process.stdout.readline() == "begun\n"
                time.sleep(whole * moment / 8)
                process.send_signal(number)
                _, errors = process.communicate(timeout=60)
            assert process.returncode in codes, (moment, process.returncode, errors)
            assert not {"Traceback", "Exception"} & set(errors.split()), (moment, errors)

    def test_an_interpreter_that_hangs_ends_with_a_doctor_that_is_killed(self, environ, tmp_path):
        python, note = tmp_path / "python", tmp_path / "pid"
        python.write_text(f"#!/bin/sh\necho $$ > {note}\nexec sleep 600\n")
        python.chmod(0o755)
        with started([*DOCTOR, "check", "--python", str(python)], env=environ) as process:
            wait_for(note, process)
        assert is_gone(int(note.read_text()))


def test_a_clock_that_jumps_changes_no_verdict_and_makes_nothing_late(environ, environment, tmp_path):
    """Deadlines are of the monotonic clock, which nobody can set."""
    source, library = tmp_path / "clock.c", tmp_path / "clock.so"
    source.write_text(CLOCK)
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, source], check=True)
    command = [*DOCTOR, "check", "--python", str(environment), "--format", "json"]
    jumping = {**environ, "LD_PRELOAD": str(library)}
    look = "import time; a = time.time(); time.sleep(0.1); print(abs(time.time() - a) > 1e8)"
    seen = run([sys.executable, "-c", look], jumping)
    assert seen.stdout == "True\n", "the clock of children does jump"
    assert run([sys.executable, "-c", SLOW], jumping).stdout == "in time in time\n"
    plain, jumped = run(command, environ), run(command, jumping)
    assert jumped.returncode == plain.returncode, jumped.stderr
    assert "took longer" not in jumped.stdout
    # That something is preloaded is a fact which a rule may speak of.
    assert [item for item in outcomes(jumped.stdout) if not item[0].startswith("ENV")] == [
        item for item in outcomes(plain.stdout) if not item[0].startswith("ENV")
    ]


def test_packages_that_come_and_go_meanwhile_are_no_error(environ, environment):
    (site,) = environment.glob("lib/python3*/site-packages")
    over = threading.Event()

    def change() -> None:
        while not over.is_set():
            for number in range(20):
                info = site / f"pack{number}-1.0.dist-info"
                info.mkdir(exist_ok=True)
                (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: pack{number}\nVersion: 1.0\n")
                (info / "RECORD").write_text(f"pack{number}.py,,5\n")
                (site / f"pack{number}.py").write_text("x = 1\n")
            for number in range(20):
                shutil.rmtree(site / f"pack{number}-1.0.dist-info")
                (site / f"pack{number}.py").unlink()

    worker = threading.Thread(target=change)
    worker.start()
    try:
        for _ in range(4):
            done = run([*DOCTOR, "check", "--python", str(environment), "--deep", "--format", "json"], environ)
            assert done.returncode in JUDGED, done.stderr
            assert done.stderr == ""
            json.loads(done.stdout)
    finally:
        over.set()
        worker.join()


def test_a_doctor_whose_own_files_are_cut_says_so(environ, tmp_path):
    shutil.copytree(Path(doctor.__file__).parent, tmp_path / "doctor", ignore=shutil.ignore_patterns("__pycache__"))
    run_module = tmp_path / "doctor/cli/run.py"
    run_module.write_text(f"{run_module.read_text()[:2000]}\n(")
    done = run([*DOCTOR, "check"], environ, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith("error: doctor cannot start: ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("megabytes", [20, 35, 50])
def test_with_too_little_memory_it_is_never_healthy_by_mistake(bare, environment, megabytes):
    """`ulimit -v`: what cannot be allocated is an error of one line, or facts that are not known."""
    limited = ["sh", "-c", f'ulimit -v {megabytes * 1024}; exec "$@"', "sh", *DOCTOR, "check"]
    done = run([*limited, "--python", str(environment), "--format", "json"], bare)
    if done.returncode in JUDGED:
        plain = run([*DOCTOR, "check", "--python", str(environment), "--format", "json"], bare)
        assert healthy(done.stdout) <= healthy(plain.stdout)
    else:
        assert (done.returncode, done.stdout) == (4, "")
        assert [line.partition(":")[0] for line in done.stderr.splitlines()] == ["error", "hint"]


def healthy(report: str) -> set[str]:
    return {code for code, verdict in outcomes(report) if verdict == "healthy"}
