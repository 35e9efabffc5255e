"""One run at a time on an environment, from its first look to its last, and to the end of what it has started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from doctor.remedy.apply.run_folder import NAME, RefusedError, RunFolder
from tests.processes import is_gone, no_room, started, wait_for
from tests.remedy.apply.places import left

ROOT = Path(__file__).parents[3]


def hold(base):
    """Hold an environment once, and let it go."""
    with RunFolder(base).hold():
        pass


def test_a_second_run_is_refused_and_names_the_process_of_the_first(tmp_path):
    with RunFolder(tmp_path).hold():
        assert RunFolder(tmp_path).is_held()
        with pytest.raises(RefusedError, match=rf"another .* \(process {os.getpid()}, or .*changes {tmp_path} now"):
            hold(tmp_path)
        assert left(tmp_path) == ["lock"], "the second one has removed nothing of the first one's"
    assert not RunFolder(tmp_path).is_held() and not (tmp_path / NAME).exists()


def test_an_environment_that_nobody_ever_changed_is_not_held(tmp_path):
    assert not RunFolder(tmp_path).is_held() and RunFolder(tmp_path).state() is None


# A run that ends removes its lock file, which another one may have opened by then and not locked yet.
RACE = """
import os, sys
from pathlib import Path
from doctor.remedy.apply.run_folder import RunFolder

folder = RunFolder(Path(sys.argv[1]))
removed = []

def end_the_other(event, arguments):
    if event == "fcntl.flock" and not removed:
        removed.append(folder.path / "lock")
        removed[0].unlink()

sys.addaudithook(end_the_other)
with folder.hold():
    held = os.fstat(folder.descriptor)
    assert removed and os.path.samestat(held, removed[0].stat()), "it locked a file that is gone"
    assert RunFolder(folder.base).is_held()
"""


def test_a_lock_file_that_goes_before_it_is_locked_locks_nothing(tmp_path):
    done = subprocess.run([sys.executable, "-c", RACE, tmp_path], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert left(tmp_path) == []


# uv is killed with doctor, but what it has started may be at work on the environment still.
LEAVES = """
import os, sys
from pathlib import Path
from doctor.remedy.apply.run_folder import RunFolder
from doctor.remedy.apply.uv_process import Uv

folder = RunFolder(Path(sys.argv[1]))
with folder.hold():
    uv = Uv(path="/bin/sh", environ=os.environ, log=folder.log, lock=folder.descriptor, progress=print)
    note = sys.argv[2]
    uv.run("-c", f"sleep 600 & echo $! $$ > {note}.new; mv {note}.new {note}; wait", doing="installing")
"""


def test_what_outlives_a_killed_run_keeps_the_next_one_out(tmp_path):
    base, note = tmp_path / "env", tmp_path / "pid"
    base.mkdir()
    with started([sys.executable, "-c", LEAVES, base, note], cwd=ROOT) as doctor:
        wait_for(note, doctor)
        doctor.kill()
        doctor.wait()
        number, shell = map(int, note.read_text().split())
        try:
            with pytest.raises(RefusedError, match=rf"process {doctor.pid}, or a uv that it started"):
                hold(base)
        finally:
            os.kill(number, signal.SIGKILL)
    assert is_gone(number) and is_gone(shell)
    hold(base)


def test_a_place_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / NAME).write_text("a file of the user's")
    with pytest.raises(RefusedError, match=f"{tmp_path} cannot be written: File exists"):
        hold(tmp_path)
    assert (tmp_path / NAME).read_text() == "a file of the user's"


def test_without_room_for_the_lock_nothing_is_held_and_nothing_left(tmp_path):
    with no_room(), pytest.raises(RefusedError, match="cannot be written: File too large"):
        hold(tmp_path)
    assert not (tmp_path / NAME).exists()
    hold(tmp_path)


def test_a_state_that_cannot_be_read_is_never_thrown_away(tmp_path):
    """It says what must be put back: whoever has damaged it, a new run would bury that."""
    folder = tmp_path / NAME
    (folder / "old").mkdir(parents=True)
    (folder / "state.json").write_text('{"phase": "appl')
    with pytest.raises(RefusedError, match=r"state\.json cannot be read") as caught:
        hold(tmp_path)
    assert f"{folder}/old holds what was there before" in caught.value.hint
    assert left(tmp_path) == ["lock", "old", "state.json"]
    assert not RunFolder(tmp_path).is_held()
