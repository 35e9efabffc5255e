"""What uv resolves a request to, on an index that is a folder of wheels, and what is said where it cannot."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from doctor.installer.uv import find_uv
from doctor.remedy.request import Request
from doctor.remedy.resolve import ResolveError, resolve
from doctor.remedy.uv_platform import name_of
from tests.endtoend.wheels import write_wheel
from tests.facts import interpreter, platform
from tests.processes import is_gone, is_removed, no_room, started, wait_for

ROOT = Path(__file__).parents[2]
NOWHERE = "http://127.0.0.1:9"

pytestmark = pytest.mark.skipif(not find_uv(os.environ), reason="there is no uv")


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheels")
    write_wheel(folder, "app", "1.0", "lib<2")
    for version in ("1.0", "1.1", "1.2", "2.0"):
        write_wheel(folder, "lib", version)
    write_wheel(folder, "mine", "1.0")
    write_wheel(folder, "picky", "1.0", "lib>=2")
    write_wheel(folder, "portable", "1.0", "lib==1.0; platform_machine == 'aarch64'")
    return folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """One for all: uv asks an interpreter only once who it is."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def environ(tmp_path, cache):
    return {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "UV_CACHE_DIR": str(cache), "UV_HTTP_RETRIES": "0"}


@pytest.fixture
def settings(shelf):
    """Those of pip."""
    return {"no-index": "1", "find-links": str(shelf)}


@pytest.fixture
def solve(environ, settings):
    def run(*needed, own=(), options=None, **changes):
        here = dataclasses.replace(interpreter(), executable=sys.executable)
        plain = Request(needed=needed, own=own, preferred={}, proven={}, overrides=(), apart=(), interpreter=here)
        request = dataclasses.replace(plain, **changes)
        return resolve(request, environ=environ, settings=settings, progress=lambda line: None, **(options or {}))

    return run


@pytest.fixture
def versions(solve):
    return lambda **changes: {item.name: item.version for item in solve("app", **changes).locked}


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
from doctor.remedy.resolve import ResolveError, resolve
from tests.facts import interpreter
here = dataclasses.replace(interpreter(), executable=sys.executable)
request = Request(needed=("app",), own=(), preferred={}, proven={}, overrides=(), apart=(), interpreter=here)
try:
    resolve(request, environ=os.environ, settings={}, progress=print, uv=sys.argv[1])
except ResolveError as error:
    print("hint:", error.hint)
    raise
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


def test_no_room_for_the_files_of_uv_is_one_clear_error(solve, tmp_path, monkeypatch):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    with no_room(), pytest.raises(ResolveError, match=r"the files for uv cannot be written: .*too large") as caught:
        solve("app")
    assert "TMPDIR" in caught.value.hint
    assert list(scratch.iterdir()) == []


FULL = 'mount -t tmpfs -o size=64k,nr_inodes=16 tmpfs "$UV_CACHE_DIR" || exit 99; exec "$@"'


def test_no_room_for_what_uv_itself_writes_is_no_conflict(environ, tmp_path):
    """uv then says nothing of what fits: a package must not be called a conflict and left out for it."""
    (tmp_path / "cache").mkdir()
    variables = {**environ, "UV_CACHE_DIR": str(tmp_path / "cache")}
    command = ["unshare", "-m", "sh", "-c", FULL, "sh", sys.executable, "-c", PROGRAM, find_uv(os.environ)]
    done = subprocess.run(command, env=variables, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode == 99 or "unshare" in done.stderr:
        pytest.skip(f"may not mount here: {done.stderr.strip()}")
    assert "ResolveError: uv could not resolve: " in done.stderr, done.stderr
    assert "No space left on device" in done.stderr and "UV_CACHE_DIR" in done.stdout
    assert "looking for which" not in done.stdout


class TestWithoutAnAnswer:
    """uv may fail before it knows what fits. That must not read as what fits."""

    def test_an_address_that_cannot_be_reached_loses_no_package(self, solve):
        mine = f"mine @ {NOWHERE}/mine-1.0-py3-none-any.whl"
        with pytest.raises(ResolveError, match=r"uv could not resolve: .*Failed to download `mine"):
            solve("app", own=(mine,))

    def test_a_uv_that_is_killed_is_said_to_be(self, solve, tmp_path):
        with pytest.raises(ResolveError, match="it ended with -9 and said nothing"):
            solve("app", options={"uv": script(tmp_path, "kill -KILL $$")})

    def test_a_uv_that_takes_too_long_is_ended(self, solve, tmp_path):
        pid = tmp_path / "pid"
        uv = script(tmp_path, f"echo $$ > {pid}.new; mv {pid}.new {pid}; exec sleep 600")
        with pytest.raises(ResolveError, match="uv took longer than 1 s to resolve"):
            solve("app", options={"uv": uv, "deadline": 1})
        assert not pid.exists() or is_gone(int(pid.read_text()))

    def test_what_is_no_program_cannot_be_started(self, solve, tmp_path):
        with pytest.raises(ResolveError, match="uv cannot be started: Exec format error"):
            solve("app", options={"uv": script(tmp_path, "", first="\0")})

    def test_a_uv_that_is_named_and_not_there(self, solve):
        with pytest.raises(ResolveError, match="there is no uv at /nowhere/uv") as caught:
            solve("app", options={"uv": "/nowhere/uv"})
        assert "llm-stack-doctor[fix]" in caught.value.hint


def script(folder, text, first="#!/bin/sh"):
    path = folder / "uv"
    path.write_text(f"{first}\n{text}\n")
    path.chmod(0o755)
    return str(path)


class TestConflicts:
    def test_of_the_users_own_only_what_conflicts_is_left_out_with_the_reason(self, solve):
        found = solve("app", own=("lib", "mine", "picky"))
        assert {item.name for item in found.locked} == {"app", "lib", "mine"}
        [(name, why)] = found.conflicts
        assert name == "picky" and "lib>=2" in why

    def test_a_plan_that_contradicts_itself_is_refused_with_the_words_of_uv(self, solve):
        with pytest.raises(ResolveError, match=r"no versions satisfy the plan: .*lib<2.*lib>=2"):
            solve("app", "lib>=2", own=("mine",))


class TestLabels:
    """Builds such as 2.13.0+cpu are on an index of PyTorch's own, which is asked where the others have none."""

    @pytest.fixture
    def indexes(self, settings, tmp_path):
        for index, name, version in (("main", "torch", "2.13.0"), ("builds/cpu", "torch", "2.13.0+cpu")):
            folder = tmp_path / index / name
            folder.mkdir(parents=True)
            write_wheel(folder, name, version)
            [wheel] = folder.iterdir()
            (folder / "index.html").write_text(f'<a href="{wheel.name}">{wheel.name}</a>')
        settings.clear()
        settings["index-url"] = (tmp_path / "main").as_uri()
        return (tmp_path / "builds").as_uri()

    def test_a_build_that_the_configured_index_lacks_comes_from_there(self, solve, indexes):
        found = solve("torch==2.13.0+cpu", options={"builds": indexes})
        assert [(item.name, item.version) for item in found.locked] == [("torch", "2.13.0+cpu")]
        assert found.label == "cpu"

    def test_one_that_is_not_there_either_is_refused_in_the_words_of_the_configured_one(self, solve, indexes):
        with pytest.raises(ResolveError, match=r"no versions satisfy the plan: .*torch==2\.12\.0\+cpu") as caught:
            solve("torch==2.12.0+cpu", options={"builds": indexes})
        assert "too:" not in caught.value.message

    def test_without_a_way_to_it_both_reasons_are_told(self, solve, indexes):
        with pytest.raises(ResolveError, match=r"no version of torch==2\.13\.0\+cpu.*/cpu too: .*Connection refused"):
            solve("torch==2.13.0+cpu", options={"builds": NOWHERE})


class TestElsewhere:
    """A lock for another machine follows that machine's markers and wheels, not those of this one."""

    @pytest.mark.parametrize(
        ("changes", "name"),
        [
            ({"libc_version": "2.36"}, "x86_64-manylinux_2_36"),
            ({"libc_version": "2.30"}, "x86_64-manylinux_2_28"),
            ({"libc_version": "2.99"}, "x86_64-manylinux_2_40"),
            ({"libc_version": "2.12"}, "x86_64-manylinux_2_17"),
            ({"libc": "", "libc_version": "", "machine": "aarch64"}, "aarch64-unknown-linux-gnu"),
            ({"libc": "musl", "libc_version": "1.2"}, "x86_64-unknown-linux-musl"),
            ({"machine": "ppc64le"}, ""),
            ({"system": "Darwin", "machine": "x86_64"}, ""),
        ],
    )
    def test_it_has_the_name_that_uv_gives_it(self, changes, name):
        assert name_of(platform(**changes)) == name

    @pytest.mark.parametrize("libc", ["2.35", ""])
    def test_its_markers_count(self, solve, libc):
        there = platform(machine="aarch64", libc_version=libc)
        found = solve("portable", options={"platform": there})
        assert {item.name for item in found.locked} == {"portable", "lib"}
        assert {item.name for item in solve("portable").locked} == {"portable"}

    def test_one_that_uv_does_not_know_gets_no_lock_of_this_machine(self, solve):
        with pytest.raises(ResolveError, match="for no Linux on ppc64le from elsewhere") as caught:
            solve("app", options={"platform": platform(machine="ppc64le")})
        assert "on that machine" in caught.value.hint
