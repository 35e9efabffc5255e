"""What uv resolves a request to, on an index that is a folder of wheels."""

from __future__ import annotations

import dataclasses
import os
import signal
import sys
from pathlib import Path

import pytest

from doctor.installer.uv import find_uv
from doctor.remedy.request import Request
from doctor.remedy.resolve import resolve
from tests.endtoend.wheels import write_wheel
from tests.facts import interpreter
from tests.processes import is_gone, is_removed, started, wait_for

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(not find_uv(os.environ), reason="there is no uv")


@pytest.fixture
def versions(tmp_path):
    write_wheel(tmp_path, "app", "1.0", "lib<2")
    for version in ("1.0", "1.1", "1.2", "2.0"):
        write_wheel(tmp_path, "lib", version)
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path)}

    def run(**changes):
        here = dataclasses.replace(interpreter(), executable=sys.executable)
        plain = Request(needed=("app",), own=(), preferred={}, proven={}, overrides=(), apart=(), interpreter=here)
        request = dataclasses.replace(plain, **changes)
        found = resolve(request, environ=environ, progress=lambda line: None)
        return {item.name: item.version for item in found.locked}

    return run


def test_what_is_installed_stays_where_it_fits(versions):
    assert versions(preferred={"lib": "1.1"}, proven={"lib": "1.0"})["lib"] == "1.1"


def test_what_cannot_stay_takes_the_version_that_the_set_was_proven_with(versions):
    """Without a word on it the newest that fits would come, which nobody has proven with the rest."""
    assert versions(preferred={"lib": "2.0"}, proven={"lib": "1.0"})["lib"] == "1.0"


def test_without_a_set_the_newest_that_fits_comes(versions):
    assert versions(preferred={"lib": "2.0"})["lib"] == "1.2"


def test_a_proven_version_that_does_not_fit_either_is_not_forced(versions):
    assert versions(preferred={"lib": "2.0"}, proven={"lib": "3.0"})["lib"] == "1.2"


ENDLESS = """#!/bin/sh
setsid sh -c 'echo $$ > "$PIDS/daemon"; exec sleep 600' &
sh -c 'echo $$ > "$PIDS/worker"; exec sleep 600' &
while [ ! -s "$PIDS/daemon" ] || [ ! -s "$PIDS/worker" ]; do sleep 0.02; done
echo $$ > "$PIDS/uv"
exec sleep 600
"""
PROGRAM = """
import dataclasses, os, sys
from doctor.remedy.request import Request
from doctor.remedy.resolve import resolve
from tests.facts import interpreter
here = dataclasses.replace(interpreter(), executable=sys.executable)
request = Request(needed=("app",), own=(), preferred={}, proven={}, overrides=(), apart=(), interpreter=here)
resolve(request, environ=os.environ, progress=print, uv=sys.argv[1])
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_neither_uv_nor_what_it_started_nor_a_file_outlives_doctor(tmp_path, number):
    """uv starts build backends, and those whatever they want: a daemon among them is no group of uv's."""
    uv, pids, scratch = tmp_path / "uv", tmp_path / "pids", tmp_path / "scratch"
    uv.write_text(ENDLESS)
    uv.chmod(0o755)
    pids.mkdir()
    scratch.mkdir()
    environ = {"PATH": os.environ["PATH"], "PIDS": str(pids), "TMPDIR": str(scratch)}
    with started([sys.executable, "-c", PROGRAM, uv], env=environ, cwd=ROOT) as doctor:
        wait_for(pids / "uv", doctor)
        doctor.send_signal(number)
        doctor.wait(timeout=30)
    assert all(is_gone(int((pids / name).read_text())) for name in ("uv", "worker", "daemon"))
    assert is_removed(scratch / "*")


def test_no_room_for_the_files_of_uv_is_one_clear_error(tmp_path):
    environ = {"PATH": os.environ["PATH"], "TMPDIR": str(tmp_path)}
    with started([sys.executable, "-c", PROGRAM, find_uv(os.environ)], env=environ, cwd=ROOT, limit=0) as doctor:
        said = doctor.communicate(timeout=60)[1]
    assert "ResolveError: the files for uv cannot be written" in said
    assert list(tmp_path.iterdir()) == []
