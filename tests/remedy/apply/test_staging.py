"""What is installed was whole before the environment was touched, and is what the lock file means."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

import pytest

from doctor.installer.uv import find_uv
from doctor.remedy.apply.run_folder import ApplyError, RunFolder
from doctor.remedy.apply.staging import stage
from doctor.remedy.apply.uv_process import Uv
from doctor.remedy.resolve import Locked
from tests.endtoend.wheels import write_wheel
from tests.remedy.apply.places import changes, interpreter_of

UV = find_uv(os.environ)
pytestmark = pytest.mark.skipif(not UV, reason="there is no uv")

GLUE = {"{data}/scripts/tool": "#!python\n", "{data}/data/share/doc/mine/read.me": "me\n", "mine_glue.txt": "glue\n"}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheels")
    write_wheel(folder, "mine", "1.0", files=GLUE)
    return folder


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    folder = tmp_path_factory.mktemp("place") / "env"
    subprocess.run([UV, "venv", "--quiet", "--python", sys.executable, folder], check=True)
    return folder


@pytest.fixture
def fetch(base, shelf, tmp_path):
    """Fetch one distribution beside the environment; what was told, and what uv has in its cache."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "UV_CACHE_DIR": str(tmp_path / "cache")}

    def run(*lines, again=(), **settings):
        folder, told = RunFolder(base), run.told
        given = {"no-index": "1", "find-links": str(shelf), **settings}
        item = Locked(name="x", version=lines[0].partition("==")[2].partition(" ")[0], lines=lines)
        with folder.hold():
            uv = Uv(path=UV, environ=environ, log=folder.log, lock=folder.descriptor, progress=told.append)
            staged = stage(folder, changes(installed=(item,), again=again), interpreter_of(base), given, uv)
            assert not folder.staged.exists(), "it takes no room twice"
        return staged, told

    run.told = []
    return run


def pinned(folder, name, version):
    """A line of a lock file for a wheel, with its hash."""
    [wheel] = folder.glob(f"{name}-{version}-*.whl")
    done = subprocess.run(["sha256sum", wheel], capture_output=True, text=True, check=True)
    return f"{name}=={version} --hash=sha256:{done.stdout.split()[0]}"


def test_what_goes_outside_of_site_packages_is_named_as_in_the_environment(fetch, shelf, base):
    staged, told = fetch(pinned(shelf, "mine", "1.0"))
    named = {str(path.relative_to(base)) for path in staged.files}
    assert named - {".lock"} == {"bin/tool", "share/doc/mine/read.me"}, "but for a lock of uv's own"
    assert told == ["fetching x 1.0"]


@pytest.mark.parametrize("damage", ["cut", "edited", "gone"])
def test_what_is_damaged_in_uvs_cache_is_fetched_without_it(fetch, shelf, tmp_path, damage):
    """uv links files from its cache into environments: what is spoilt in place in one is spoilt there, too."""
    line = pinned(shelf, "mine", "1.0")
    fetch(line)
    [cached] = (tmp_path / "cache").rglob("mine_glue.txt")
    if damage == "gone":
        cached.unlink()
    else:
        cached.write_text({"cut": "gl", "edited": "GLUE\n"}[damage])
    staged, told = fetch(line, again=("mine",))
    assert "mine_glue.txt of mine is damaged in uv's cache, too: fetching without it" in told
    assert staged.environ["UV_CACHE_DIR"].endswith("/.doctor-fix/cache"), "nor is it installed from there"
    kept, _ = fetch(line)
    assert kept.environ["UV_CACHE_DIR"] == str(tmp_path / "cache"), "what is not renewed is not read"


class TestCpuBuildInPlace:
    """``torch==2.13.0`` means 2.13.0+cpu as well, wherever an installer finds that; its hash is another."""

    @pytest.fixture
    def places(self, tmp_path):
        for place, version in (("extra", "2.13.0+cpu"), ("main/torch", "2.13.0")):
            (tmp_path / place).mkdir(parents=True)
            write_wheel(tmp_path / place, "torch", version)
        [wheel] = (tmp_path / "main/torch").iterdir()
        (tmp_path / "main/torch/index.html").write_text(f'<a href="{wheel.name}">{wheel.name}</a>')
        settings = {"no-index": "", "index-url": (tmp_path / "main").as_uri(), "find-links": str(tmp_path / "extra")}
        return tmp_path, settings

    def test_the_main_index_alone_has_the_one_that_is_locked(self, fetch, places):
        folder, settings = places
        staged, told = fetch(pinned(folder / "main/torch", "torch", "2.13.0"), **settings)
        assert any("asking the main one only" in line for line in told), told
        assert "UV_FIND_LINKS" not in staged.environ

    def test_what_fails_there_too_is_told(self, fetch, places):
        folder, settings = places
        line = re.sub("[0-9a-f]{64}", "0" * 64, pinned(folder / "main/torch", "torch", "2.13.0"))
        with pytest.raises(ApplyError, match=r"fetching x 2\.13\.0 failed: .*0000"):
            fetch(line, **settings)

    def test_a_cpu_build_that_is_locked_itself_is_no_mistake(self, fetch, places):
        folder, settings = places
        shutil.rmtree(folder / "main/torch")
        line = re.sub("[0-9a-f]{64}", "0" * 64, pinned(folder / "extra", "torch", "2.13.0+cpu"))
        with pytest.raises(ApplyError, match=r"fetching x .*failed"):
            fetch(line, **settings)
        assert len(fetch.told) == 1, "nor is it asked for anywhere else"
