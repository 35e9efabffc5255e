"""`doctor fix --apply` on a real environment, stopped by force at every stage of its work."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from doctor.installer.uv import find_uv
from tests.cli.stopping_uv import WRAPPER, left, manifest
from tests.endtoend.wheels import write_wheel
from tests.processes import MEASURING

UV = find_uv(os.environ)
pytestmark = pytest.mark.skipif(not UV, reason="there is no uv")


COMMAND = "#!python\nprint('{}')\n"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheels")
    write_wheel(folder, "app", "1.0", "lib<2")
    two = {"{data}/data/share/lib/two.txt": "2\n", "{data}/scripts/libtool": COMMAND.format("two")}
    write_wheel(folder, "lib", "2.0", files={**two, "lib_two/__init__.py": "", "lib_two/inner/__init__.py": ""})
    one = {"{data}/data/share/lib/more/one.txt": "1\n", "{data}/scripts/libtool": COMMAND.format("one")}
    write_wheel(folder, "lib", "1.0", "base", files={**one, "lib_one/__init__.py": ""})
    write_wheel(folder, "base", "1.0")
    write_wheel(folder, "mine", "1.0")
    write_wheel(folder, "pynvml", "11.5.3")
    write_wheel(folder, "nvidia_ml_py", "12.0", files={"pynvml.py": "TRUE = 1\n"})
    return folder


@pytest.fixture(scope="module")
def template(tmp_path_factory, shelf):
    """An environment with two faults: lib is too new for app, and pynvml lies over nvidia-ml-py."""
    folder = tmp_path_factory.mktemp("template") / "env"
    environ = {"PATH": os.environ["PATH"], "UV_FIND_LINKS": str(shelf), "HOME": str(folder.parent)}
    subprocess.run([UV, "venv", "--quiet", "--python", sys.executable, folder], check=True, env=environ)
    install = [UV, "pip", "install", "--quiet", "--no-index", "--python", folder / "bin" / "python", "--no-deps"]
    subprocess.run([*install, "app", "lib==2.0", "mine", "nvidia-ml-py"], check=True, env=environ)
    subprocess.run([*install, "pynvml"], check=True, env=environ)
    [site] = folder.glob("lib/python3*/site-packages")
    (site / "stray").mkdir()
    (site / "stray" / "notes.txt").write_text("of the user\n")
    (site / "lib_two" / "inner" / "read-only").mkdir(mode=0o555)
    return folder


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """All environments are made here: commands hold the path of their interpreter."""
    return tmp_path_factory.mktemp("place") / "env"


@pytest.fixture
def patient(place, template):
    if place.exists():
        shutil.rmtree(place)
    shutil.copytree(template, place, symlinks=True)
    yield place
    shutil.rmtree(place)


@pytest.fixture
def environ(environ, shelf, tmp_path):
    settings = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(shelf), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    return environ | settings | {"STOPPED": str(tmp_path / "stopped")}


@pytest.fixture
def uv(tmp_path):
    path = tmp_path / "stopping-uv"
    path.write_text(WRAPPER.format(python=sys.executable, uv=UV))
    path.chmod(0o755)
    return path


@pytest.fixture
def apply(doctor, patient, uv):
    return lambda *more, **changes: doctor("fix", "--python", patient, "--apply", "--yes", "--uv", uv, *more, **changes)


@pytest.fixture
def stopped(patient, uv, environ):
    """Start an `--apply`, wait until it has come to a moment, send a signal, and wait for its end."""
    started = []

    def run(moment, number):
        command = [sys.executable, "-m", "doctor", "fix", "--python", patient, "--apply", "--yes", "--uv", uv]
        process = subprocess.Popen(
            command,
            env={**environ, "STOP_AT": moment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # Where the tests run in the background, a shell has them ignore Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        started.append(process)
        mark = Path(environ["STOPPED"])
        ends_at = time.monotonic() + 120
        while not mark.exists():
            assert process.poll() is None, process.stdout.read()
            assert time.monotonic() < ends_at, "it never came there"
            time.sleep(0.02)
        if number is None:
            return process
        process.send_signal(number)
        said, _ = process.communicate(timeout=60)
        return process.returncode, said

    yield run
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def old(patient):
    return manifest(patient)


@pytest.fixture(scope="module")
def new(place, template, shelf, tmp_path_factory):
    """What an undisturbed run makes of the environment."""
    shutil.copytree(template, place, symlinks=True)
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path_factory.mktemp("home")), "LANG": "C.UTF-8"}
    environ |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(shelf), **MEASURING}
    command = [sys.executable, "-m", "doctor", "fix", "--python", place, "--apply", "--yes"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = manifest(place)
    shutil.rmtree(place)
    return found


MOMENTS = (
    "before resolve",
    "before fetch",
    "after fetch",
    "before remove",  # what was there is kept, and nothing is changed yet
    "after remove",
    "amid install",
    "after install",
    "check",
)


def test_the_undisturbed_run_changes_what_it_says_and_nothing_else(apply, patient, old, new):
    done = apply()
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"lib +2\.0 -> 1\.0", done.stdout) and "finds it healthy" in done.stdout
    assert manifest(patient) == new != old
    assert left(patient) == ["before.txt", "lock"]
    touched = {name for name in {*old, *new} if old.get(name) != new.get(name)}
    assert not [name for name in touched if "mine" in name or "stray" in name]
    assert "share/lib/more/one.txt" in new and "share/lib/two.txt" not in new
    before = (patient / ".doctor-fix" / "before.txt").read_text()
    assert "lib==2.0\n" in before and "pynvml==11.5.3\n" in before


def test_a_second_run_does_nothing(apply, patient, new):
    apply()
    again = apply()
    assert again.returncode == 0 and again.stdout.startswith("Nothing to mend."), again.stdout
    assert manifest(patient) == new


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_and_resumed_it_is_the_old_one_or_the_new_one(stopped, doctor, patient, old, new, moment):
    status, _ = stopped(moment, signal.SIGKILL)
    assert status == -signal.SIGKILL
    done = doctor("fix", "--resume", "--python", patient)
    wanted = new if moment == "check" else old
    assert manifest(patient) == wanted, done.stdout + done.stderr
    assert left(patient) == (["before.txt", "lock"] if wanted is new else [])
    assert "Traceback" not in done.stderr
    again = doctor("fix", "--resume", "--python", patient)
    assert again.returncode == 0 and manifest(patient) == wanted


@pytest.mark.parametrize("moment", ["before fetch", "amid install", "after install", "check"])
def test_killed_and_started_again_it_is_the_new_one(stopped, apply, patient, new, moment):
    stopped(moment, signal.SIGKILL)
    done = apply()
    assert done.returncode == 0, done.stdout + done.stderr
    assert manifest(patient) == new
    assert ("was interrupted" in done.stderr) == (moment != "before fetch")


@pytest.mark.parametrize("moment", MOMENTS)
def test_interrupted_it_is_the_old_one_at_once(stopped, patient, old, moment):
    number, code = (signal.SIGINT, 130) if MOMENTS.index(moment) % 2 else (signal.SIGTERM, 143)
    status, said = stopped(moment, number)
    assert status == code, said
    assert manifest(patient) == old
    assert left(patient) == []


def test_without_yes_and_without_a_terminal_nobody_can_agree(doctor, patient, old):
    done = doctor("fix", "--python", patient, "--apply")
    assert done.returncode == 2 and "--yes" in done.stderr
    assert manifest(patient) == old and left(patient) == []


def test_who_says_no_has_changed_nothing(patient, environ, uv, old):
    ours, theirs = os.openpty()
    os.write(ours, b"n\n")
    command = [sys.executable, "-m", "doctor", "fix", "--python", patient, "--apply", "--uv", uv]
    done = subprocess.run(command, env=environ, stdin=theirs, capture_output=True, text=True, timeout=120, check=False)
    os.close(theirs)
    os.close(ours)
    assert (done.returncode, "Nothing was changed." in done.stdout) == (1, True), done.stdout + done.stderr
    assert f"Change {patient}? [y/N]" in done.stderr
    assert manifest(patient) == old and left(patient) == []


@pytest.mark.parametrize("stage", ["fetch", "remove", "install"])
def test_what_fails_is_rolled_back(apply, patient, old, stage):
    done = apply(STOP_AT=f"fail {stage}")
    assert done.returncode == 1 and "out of luck" in done.stderr, done.stderr
    assert manifest(patient) == old and left(patient) == []


def test_what_is_no_better_is_rolled_back(apply, patient, old):
    """A file is lost while lib 1.0 is installed, which the check after it sees."""
    [site] = patient.glob("lib/python3*/site-packages")
    done = apply(STOP_AT="damage", DAMAGED=str(site / "lib_one" / "__init__.py"))
    assert done.returncode == 1 and "no better than before: PKG005 lib" in done.stderr, done.stdout + done.stderr
    assert manifest(patient) == old and left(patient) == []


def test_a_dry_run_writes_nothing(apply, patient, old, tmp_path):
    lock = tmp_path / "lock.txt"
    done = apply("--dry-run", "--lockfile", lock)
    assert done.returncode == 1 and "Dry run: nothing was changed" in done.stdout, done.stderr
    assert re.search(r"uv pip uninstall .* pynvml", done.stdout)
    assert re.search(r"uv pip install .* lib==1\.0", done.stdout)
    assert manifest(patient) == old and left(patient) == [] and not lock.exists()


def test_two_runs_do_not_change_one_environment(stopped, apply, doctor, patient, old):
    first = stopped("before fetch", None)
    second = apply()
    assert second.returncode == 2 and f"process {first.pid}" in second.stderr
    resumed = doctor("fix", "--resume", "--python", patient)
    assert resumed.returncode == 2 and f"process {first.pid}" in resumed.stderr
    assert manifest(patient) == old
    assert "changing this environment now" in doctor("fix", "--python", patient).stderr


def test_a_plan_says_that_a_run_was_interrupted(stopped, doctor, patient):
    stopped("amid install", signal.SIGKILL)
    assert "`doctor fix --resume` ends it" in doctor("fix", "--python", patient).stderr


def test_a_cache_of_uv_that_is_damaged_is_not_installed_from(apply, patient, environ, tmp_path, shelf):
    """uv links files from its cache: what is cut in place in an environment is cut there, too."""
    [module] = patient.glob("lib/python3*/site-packages/mine.py")
    python = patient / "bin" / "python"
    variables = {**environ, "UV_FIND_LINKS": str(shelf), "UV_LINK_MODE": "hardlink"}
    command = [UV, "pip", "install", "--quiet", "--no-index", "--no-deps", "--reinstall", "--python", python, "mine"]
    subprocess.run(command, check=True, env=variables)
    with module.open("r+") as file:
        file.truncate(3)
    done = apply()
    assert module.read_text() == "ANSWER = 42\n", done.stdout + done.stderr


def test_leftovers_are_deleted_and_come_back(apply, patient):
    [site] = patient.glob("lib/python3*/site-packages")
    (site / "~ib").mkdir()
    (site / "~ib" / "old.py").write_text("x = 1\n")
    failed = apply(STOP_AT="fail install")
    assert failed.returncode == 1 and (site / "~ib" / "old.py").read_text() == "x = 1\n"
    done = apply()
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (site / "~ib").exists()
