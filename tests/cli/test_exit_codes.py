"""Every way out has its exit code, and none shows a traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.snapshot import Snapshot
from tests.bases import base
from tests.cli.conftest import Doctor, Save
from tests.facts import absent, distribution, known, unknown


def healthy() -> Snapshot:
    return base("sound_cpu")


def broken() -> Snapshot:
    installed = (distribution("vllm", "0.5.5", "torch==2.4.0"), distribution("torch", "2.5.1"))
    return base("sound_cpu").replace(DISTRIBUTIONS, known(installed))


def undetermined() -> Snapshot:
    return base("sound_cpu").replace(DISTRIBUTIONS, unknown())


ONE_RULE = ("--select", "PKG001")


@pytest.mark.parametrize(("build", "code"), [(healthy, 0), (broken, 1), (undetermined, 3)])
@pytest.mark.parametrize("form", ["text", "json"])
def test_what_was_judged_decides(doctor: Doctor, save: Save, build, code, form):
    done = doctor("check", "--snapshot", save(build()), *ONE_RULE, "--format", form)
    assert (done.returncode, done.stderr) == (code, "")


def test_a_run_in_which_nothing_applies_is_undetermined(doctor: Doctor, save: Save):
    nothing = base("empty").replace(DISTRIBUTIONS, absent("nothing is installed"))
    done = doctor("check", "--snapshot", save(nothing), *ONE_RULE)
    assert done.returncode == 3
    assert "Nothing could be judged" in done.stdout


class TestUsage:
    @pytest.mark.parametrize(
        "arguments",
        [
            ("no-such-command",),
            ("check", "--no-such-option"),
            ("check", "--select", "XYZ"),
            ("check", "--ignore", "XYZ"),
            ("check", "--fail-on", "never-heard-of"),
            ("check", "--format", "xml"),
            ("check", "--quiet", "--verbose"),
            ("check", "--snapshot", "x.json", "--deep"),
            ("check", "--snapshot", "x.json", "--python", "python3"),
            ("check", "--snapshot", "no-such-file.json"),
            ("check", "--python", "/no/such/python"),
            ("check", "--python", "/"),
            ("check", "--matrix", "no-such-file.toml"),
            ("check", "surplus"),
            ("snapshot", "--python", "/no/such/python"),
            ("explain",),
            ("explain", "XYZ999"),
            ("explain", "PKG001", "--list"),
        ],
    )
    def test_a_wrong_call_is_2_and_one_clear_line(self, doctor: Doctor, arguments):
        done = doctor(*arguments)
        lines = done.stderr.splitlines()
        assert (done.returncode, done.stdout) == (2, "")
        assert lines[0].startswith("error: ")
        assert all(line.startswith(("error: ", "hint: ")) for line in lines)

    def test_a_near_command_is_named(self, doctor: Doctor):
        assert "check" in doctor("chekc").stderr

    @pytest.mark.parametrize(
        "content",
        ["", "null", "[]", "{}", "\x00\xff", '{"facts": 3}', '{"facts": {}, "schema_version": 99}', "{" * 5000],
    )
    def test_a_snapshot_that_is_none(self, doctor: Doctor, tmp_path: Path, content):
        path = tmp_path / "bad.json"
        path.write_text(content)
        done = doctor("check", "--snapshot", path)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"error: {path}")
        assert "Traceback" not in done.stderr

    def test_an_interpreter_that_prints_garbage(self, doctor: Doctor, tmp_path: Path):
        python = tmp_path / "python"
        python.write_text("#!/bin/sh\nprintf 'doctor:\\033[2J{\\n'\n")
        python.chmod(0o755)
        done = doctor("check", "--python", python)
        assert done.returncode == 2
        assert done.stderr.startswith("error: ")
        assert "\x1b" not in done.stderr


class TestInternalError:
    """A doctor that is damaged itself: a module of its own cannot be imported."""

    PROGRAM = "import sys; sys.modules['doctor.engine.judge'] = None; from doctor.cli import main; main()"

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", self.PROGRAM, *arguments], capture_output=True, text=True, check=False
        )

    def test_is_4_with_type_message_and_where_to_report(self):
        done = self.run("check")
        assert (done.returncode, done.stdout) == (4, "")
        assert "ModuleNotFoundError: import of doctor.engine.judge halted" in done.stderr
        assert "report it" in done.stderr
        assert "Traceback" not in done.stderr

    @pytest.mark.parametrize("arguments", [("--debug", "check"), ("check", "--debug"), ("check", "-v")])
    def test_shows_the_traceback_when_asked(self, arguments):
        done = self.run(*arguments)
        assert done.returncode == 4
        assert "Traceback" in done.stderr

    @pytest.mark.parametrize("error", ["MemoryError()", "OSError(12, 'Cannot allocate memory', 'matrices')"])
    def test_too_little_memory_is_called_that(self, error):
        program = f"from doctor.cli import main\ndef load():\n    raise {error}\nmain(load)"
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (4, "")
        assert "has too little memory\nhint: it needs 100 MiB" in done.stderr
        assert "report it" not in done.stderr

    def test_too_little_memory_for_its_own_modules_is_called_that(self):
        program = """
import sys
class Full:
    def find_spec(self, name, path=None, target=None):
        if name == "doctor.cli.run":
            raise MemoryError
sys.meta_path.insert(0, Full())
from doctor.cli import main
main()
"""
        done = subprocess.run([sys.executable, "-c", program, "check"], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (4, "")
        assert done.stderr == "error: doctor cannot start: it has too little memory\nhint: it needs 100 MiB\n"


class TestSignals:
    @pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
    def test_an_interrupted_run_says_nothing(self, tmp_path: Path, environ, number, code):
        started = tmp_path / "started"
        python = tmp_path / "python"
        python.write_text(f"#!/bin/sh\ntouch {started}\nexec sleep 60\n")
        python.chmod(0o755)
        process = subprocess.Popen(
            [sys.executable, "-m", "doctor", "check", "--python", str(python)],
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        while not started.exists() and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(number)
        output, errors = process.communicate(timeout=30)
        assert process.returncode == code
        assert (output, "Traceback" in errors) == ("", False)


class TestClosedOutput:
    """What was judged is in the exit code, also where nobody reads the text."""

    @pytest.mark.parametrize(("build", "code"), [(healthy, 0), (broken, 1), (undetermined, 3)])
    @pytest.mark.parametrize("form", ["text", "json"])
    def test_the_reader_has_gone_away(self, save: Save, environ, build, code, form):
        command = [sys.executable, "-m", "doctor", "check", "--snapshot", save(build()), *ONE_RULE, "--format", form]
        read_end, write_end = os.pipe()
        os.close(read_end)
        done = subprocess.run(command, env=environ, stdout=write_end, stderr=subprocess.PIPE, text=True, check=False)
        os.close(write_end)
        assert (done.returncode, done.stderr) == (code, "")

    @pytest.mark.parametrize(("build", "code"), [(healthy, 0), (broken, 1), (undetermined, 3)])
    @pytest.mark.parametrize("closed", ["1", "2", "0", "1 2", "0 1 2"])
    def test_streams_that_are_closed(self, save: Save, environ, build, code, closed):
        closing = " ".join(f"{number}>&-" for number in closed.split())
        command = f'exec "$@" {closing}'
        words = [sys.executable, "-m", "doctor", "check", "--snapshot", str(save(build())), *ONE_RULE]
        done = subprocess.run(
            ["sh", "-c", command, "sh", *words], env=environ, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (code, "")

    def test_a_live_run_with_closed_streams(self, environ):
        """Files that are opened on the way must not land on the numbers of the standard streams."""
        words = [sys.executable, "-m", "doctor", "check", "--python", sys.executable, *ONE_RULE]
        plain = subprocess.run(words, env=environ, capture_output=True, text=True, check=False)
        closed = subprocess.run(
            ["sh", "-c", 'exec "$@" 0>&- 1>&-', "sh", *words], env=environ, capture_output=True, text=True, check=False
        )
        assert (closed.returncode, closed.stdout, closed.stderr) == (plain.returncode, "", "")

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
    def test_a_full_disk_is_an_error_and_says_so(self, save: Save, environ):
        words = [sys.executable, "-m", "doctor", "check", "--snapshot", save(healthy()), *ONE_RULE]
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(words, env=environ, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        assert done.returncode == 2
        assert done.stderr == "error: standard output cannot be written: No space left on device\n"

    @pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("check", "--help"), ("explain", "--list")])
    def test_help_without_a_reader(self, environ, arguments):
        read_end, write_end = os.pipe()
        os.close(read_end)
        command = [sys.executable, "-m", "doctor", *arguments]
        done = subprocess.run(command, env=environ, stdout=write_end, stderr=subprocess.PIPE, text=True, check=False)
        os.close(write_end)
        assert (done.returncode, done.stderr) == (0, "")
