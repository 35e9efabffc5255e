"""uv is waited for with patience, ended with certainty, and quoted when it fails."""

from __future__ import annotations

import os
import re

import pytest

from doctor.remedy.apply.uv_process import Uv, UvError
from tests.processes import is_gone


@pytest.fixture
def shell(tmp_path):
    """A shell in place of uv, and what is told of it."""
    lock = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    told = []

    def progress(line):
        told.append(line)
        (tmp_path / f"told-{len(told)}").touch()

    def run(script, **limits):
        uv = Uv(path="/bin/sh", environ=os.environ, log=tmp_path / "log", lock=lock, progress=progress, **limits)
        uv.run("-c", script, doing="installing")
        return told

    yield run
    os.close(lock)


def test_what_takes_long_is_spoken_of_again_and_again(shell, tmp_path):
    first, *again = shell(f"until [ -e {tmp_path}/told-3 ]; do sleep 0.02; done", pause=0.05)
    assert first == "installing"
    assert len(again) >= 2 and all(re.fullmatch(r"installing \(\d+ s\)", line) for line in again)


def test_what_takes_too_long_is_ended_with_all_that_it_started(shell, tmp_path):
    script = f"sleep 600 & echo $! > {tmp_path}/inner; echo $$ > {tmp_path}/outer; wait"
    with pytest.raises(UvError, match="installing took longer than 1 s"):
        shell(script, pause=0.5, deadline=1)
    numbers = [path.read_text() for path in (tmp_path / "inner", tmp_path / "outer") if path.exists()]
    assert all(is_gone(int(number)) for number in numbers if number)


def test_its_last_words_are_told_without_passwords(shell):
    with pytest.raises(UvError, match=r"installing failed: no https://\*\*\*@example.org/simple$") as caught:
        shell("echo 'no https://me:secret@example.org/simple'; exit 2")
    assert caught.value.hint == ""


def test_a_silent_end_is_told_as_one(shell):
    with pytest.raises(UvError, match="installing failed: uv ended with -9 and said nothing"):
        shell("kill -KILL $$")


@pytest.mark.parametrize("words", ["No space left on device (os error 28)", "Disk quota exceeded (os error 122)"])
def test_a_full_disk_has_a_way_out(shell, words):
    with pytest.raises(UvError, match="installing failed: failed to write") as caught:
        shell(f"echo 'failed to write: {words}'; exit 2")
    assert "make room" in caught.value.hint and "UV_CACHE_DIR" in caught.value.hint
