"""Scratch environments are made with the real uv and the real pip, from wheels that the test writes."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from doctor.core.machine.system import Memory
from doctor.core.matrix import Basis, Deviation, KnownGoodSet
from doctor.endtoend.lock import read_lock
from doctor.endtoend.room import ScratchError, candidates, choose_parent, require_empty, require_memory
from doctor.endtoend.scratch import make_environment, plan_of
from doctor.installer.uv import clean_environ, find_uv
from doctor.probes.scratch_folder import ScratchFolder
from tests.endtoend.wheels import write_wheel


def known_good(**changes):
    values = {
        "name": "test-set",
        "title": "for tests",
        "pins": {"tinypack": "1.0"},
        "python": ">=3.8",
        "basis": Basis.REPRODUCED,
        "sources": ("a test",),
        "deviations": (Deviation(distribution="tinypack", requirement="not-there>=2", reason="it is not needed"),),
    }
    return KnownGoodSet(**(values | changes))


@pytest.fixture
def wheels(tmp_path):
    folder = tmp_path / "wheels"
    folder.mkdir()
    return folder


@pytest.fixture
def environ(tmp_path, wheels):
    """A fresh home, and pip's configuration in variables."""
    home = tmp_path / "home"
    home.mkdir()
    path = os.environ["PATH"]
    return {"HOME": str(home), "PATH": path, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}


def answer_of(python):
    code = "import importlib.util as u, tinypack; print(tinypack.ANSWER, u.find_spec('notthere'))"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.split()


needs_uv = pytest.mark.skipif(not find_uv(os.environ), reason="there is no uv")


@needs_uv
def test_uv_makes_it_without_what_the_set_leaves_out(wheels, environ, tmp_path):
    write_wheel(wheels, "tinypack", "1.0", "not-there>=2")
    write_wheel(wheels, "tinypack", "2.0")
    lines = []
    with ScratchFolder(tmp_path) as scratch:
        python = make_environment(scratch, known_good(), environ=environ, progress=lines.append)
        assert answer_of(python) == ["42", "None"]
        assert list(python.parent.parent.rglob("tinypack*.pyc")), "it must be byte-compiled, or starting takes a minute"
    assert not scratch.path.exists()
    assert lines == ["installing 1 pinned packages and what they need"]
    assert list(Path(environ["HOME"]).rglob("*")) == []


@needs_uv
def test_uv_puts_the_pin_in_place_of_what_was_declared(wheels, environ, tmp_path):
    write_wheel(wheels, "tinypack", "1.0", "other<2")
    write_wheel(wheels, "other", "2.0")
    deviation = Deviation(distribution="tinypack", requirement="other<2", reason="2.0 works")
    chosen = known_good(pins={"tinypack": "1.0", "other": "2.0"}, deviations=(deviation,))
    with ScratchFolder(tmp_path) as scratch:
        python = make_environment(scratch, chosen, environ=environ, progress=print)
        assert list(python.parent.parent.rglob("other-2.0.dist-info"))


def test_without_uv_pip_makes_it_and_removes_what_the_set_leaves_out(wheels, environ, tmp_path):
    write_wheel(wheels, "tinypack", "1.0", "notthere")
    write_wheel(wheels, "notthere", "1.0")
    deviation = Deviation(distribution="tinypack", requirement="notthere", reason="it is not needed")
    with ScratchFolder(tmp_path) as scratch:
        chosen = known_good(deviations=(deviation,))
        python = make_environment(scratch, chosen, environ=environ, progress=print, uv="")
        assert answer_of(python) == ["42", "None"]


def test_pip_alone_cannot_override_and_says_what_can(environ, tmp_path):
    deviation = Deviation(distribution="other", requirement="tinypack<1", reason="1.0 works")
    with ScratchFolder(tmp_path) as scratch, pytest.raises(ScratchError, match="only uv can") as caught:
        chosen = known_good(deviations=(deviation,))
        make_environment(scratch, chosen, environ=environ, progress=print, uv="")
    assert "endtoend" in caught.value.hint


@needs_uv
def test_what_cannot_be_installed_is_said_without_passwords(environ, tmp_path):
    environ["PIP_FIND_LINKS"] = "https://user:word@localhost:9/"
    with ScratchFolder(tmp_path) as scratch, pytest.raises(ScratchError) as caught:
        make_environment(scratch, known_good(), environ=environ, progress=print)
    assert "word" not in caught.value.message
    assert caught.value.exit_code == 3


def lock_of(wheels, path, *pins):
    lines = []
    for pin in pins:
        (wheel,) = wheels.glob(f"{pin.replace('==', '-')}-*.whl")
        lines.append(f"{pin} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}")
    path.write_text("\n".join(lines) + "\n")
    return read_lock(path)


@pytest.mark.parametrize("uv", [pytest.param(None, marks=needs_uv), ""], ids=["uv", "pip"])
def test_of_a_lock_exactly_what_it_holds_is_installed(wheels, environ, tmp_path, uv):
    write_wheel(wheels, "tinypack", "1.0", "other>=1")
    write_wheel(wheels, "tinypack", "2.0")
    write_wheel(wheels, "other", "1.0")
    lock, lines = lock_of(wheels, tmp_path / "tiny.txt", "tinypack==1.0"), []
    with ScratchFolder(tmp_path) as scratch:
        python = make_environment(
            scratch, known_good(deviations=()), environ=environ, progress=lines.append, lock=lock, uv=uv
        )
        assert [path.name for path in python.parent.parent.rglob("tinypack-*.dist-info")] == ["tinypack-1.0.dist-info"]
        assert not list(python.parent.parent.rglob("other-*.dist-info"))
    assert "installing the 1 packages of tiny.txt" in lines


@pytest.mark.parametrize("uv", [pytest.param(None, marks=needs_uv), ""], ids=["uv", "pip"])
def test_a_wheel_with_another_hash_is_not_installed(wheels, environ, tmp_path, uv):
    write_wheel(wheels, "tinypack", "1.0")
    lock = lock_of(wheels, tmp_path / "tiny.txt", "tinypack==1.0")
    (wheels / "tinypack-1.0-py3-none-any.whl").unlink()
    write_wheel(wheels, "tinypack", "1.0", "changed")
    with ScratchFolder(tmp_path) as scratch, pytest.raises(ScratchError, match=r"(?i)hash"):
        make_environment(scratch, known_good(deviations=()), environ=environ, progress=print, lock=lock, uv=uv)


def test_another_kind_of_machine_is_refused(environ, tmp_path):
    with ScratchFolder(tmp_path) as scratch, pytest.raises(ScratchError, match="pdp11"):
        make_environment(scratch, known_good(machines=("pdp11",)), environ=environ, progress=print)


def test_no_fitting_python_is_said(environ, tmp_path):
    chosen = known_good(python=">=4", deviations=())
    with ScratchFolder(tmp_path) as scratch, pytest.raises(ScratchError, match=">=4"):
        make_environment(scratch, chosen, environ=environ, progress=print, uv="")


def test_the_plan_pins_what_the_proof_needs_and_no_other_alternative():
    plan = plan_of(known_good(alternatives={"peft": "0.21.2", "flash-attn": "2.6.1"}))
    assert plan.requirements == ("tinypack==1.0", "peft==0.21.2")
    assert plan.overrides == ('not-there ; python_version < "0"',)
    assert plan.dropped == ("not-there",)


def test_another_environment_does_not_shine_through():
    given = {"PYTHONPATH": "/x", "VIRTUAL_ENV": "/y", "PYTHONHOME": "/z", "HOME": "/h"}
    assert clean_environ(given) == {"HOME": "/h"}


def test_too_little_memory_is_refused():
    require_memory(Memory(total=8000, available=6000, limit=0))
    for memory in (Memory(total=8000, available=900, limit=0), Memory(total=8000, available=6000, limit=1024)):
        with pytest.raises(ScratchError, match="MiB"):
            require_memory(memory)


def test_the_first_folder_with_room_is_chosen_and_full_ones_are_named(tmp_path):
    if shutil.disk_usage(tmp_path).free < 8 << 30:
        pytest.skip("this disk has no room")
    assert choose_parent(known_good(), (Path("/proc"), tmp_path / "none", tmp_path)) == tmp_path
    with pytest.raises(ScratchError, match="/proc has 0 MiB"):
        choose_parent(known_good(), (Path("/proc"), tmp_path / "none"))


def test_the_temporary_folder_comes_before_the_cache():
    assert candidates({"HOME": "/h"})[1] == Path("/h/.cache")
    assert candidates({"HOME": "/h", "XDG_CACHE_HOME": "/c"})[1] == Path("/c")


def test_an_environment_is_kept_in_a_new_or_empty_folder_only(tmp_path):
    require_empty(tmp_path / "new")
    (tmp_path / "empty").mkdir()
    require_empty(tmp_path / "empty")
    with pytest.raises(ScratchError, match="is there already"):
        require_empty(tmp_path)
