"""An environment ends as the old or the new one, whatever the disk, uv or another user does meanwhile."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from doctor.installer.uv import find_uv
from doctor.remedy.apply.run_folder import ApplyError, Phase, RunFolder, State
from doctor.remedy.apply.saved import save
from doctor.remedy.apply.transaction import resume
from doctor.remedy.resolve import Locked
from tests.endtoend.wheels import write_wheel
from tests.facts import distribution
from tests.processes import as_nobody, no_room
from tests.remedy.apply.places import SOUND, apply, bare_environment, changes, content, left, site_of

UV = find_uv(os.environ)
ROOT = Path(__file__).parents[3]
needs_uv = pytest.mark.skipif(not UV, reason="there is no uv")
needs_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheels")
    for name in ("mine", "more"):
        write_wheel(folder, name, "1.0", files={"{data}/scripts/" + name: "#!python\n"})
    return folder


@pytest.fixture(scope="module")
def environ(tmp_path_factory):
    return {"PATH": os.environ["PATH"], "HOME": str(tmp_path_factory.mktemp("home"))}


@pytest.fixture(scope="module")
def settings(shelf):
    """Those of pip."""
    return {"no-index": "1", "find-links": str(shelf)}


@pytest.fixture(scope="module")
def template(tmp_path_factory, environ, shelf):
    folder = tmp_path_factory.mktemp("template") / "env"
    subprocess.run([UV, "venv", "--quiet", "--python", sys.executable, folder], check=True, env=environ)
    install = [UV, "pip", "install", "--quiet", "--no-index", "--find-links", shelf, "--python", folder, "mine"]
    subprocess.run(install, check=True, env=environ)
    return folder


@pytest.fixture
def base(tmp_path, template):
    shutil.copytree(template, tmp_path / "env", symlinks=True)
    return tmp_path / "env"


@pytest.fixture
def old(base):
    return content(base)


@needs_uv
def test_what_only_goes_is_removed_and_nothing_is_fetched(base, old, environ, settings):
    said = []
    apply(base, changes(removed=("mine",)), uv=UV, environ=environ, settings=settings, progress=said.append)
    gone = old.keys() - content(base).keys()
    assert {name for name in gone if "mine" not in name} == set() and any(name.endswith("mine.py") for name in gone)
    assert not [line for line in said if "fetching" in line]
    assert (base / ".doctor-fix" / "before.txt").read_text() == "mine==1.0\n"


@needs_uv
def test_what_only_comes_removes_nothing(base, old, environ, settings):
    more = Locked(name="more", version="1.0", lines=("more==1.0",))
    apply(base, changes(installed=(more,)), uv=UV, environ=environ, settings=settings)
    new = content(base)
    assert old.items() <= new.items() and "bin/more" in new
    assert left(base) == ["before.txt", "lock"]


@needs_uv
def test_what_states_no_files_cannot_go_and_stays(base, environ, settings):
    """Without RECORD no installer knows what belongs to it; uv says so."""
    (site_of(base) / "mine-1.0.dist-info" / "RECORD").unlink()
    mine = distribution("mine", "1.0", path=str(site_of(base) / "mine-1.0.dist-info"))
    before = content(base)
    with pytest.raises(ApplyError, match=r"removing mine failed: .*RECORD") as caught:
        apply(base, changes(removed=("mine",), moved=(mine,)), uv=UV, environ=environ, settings=settings)
    assert caught.value.hint == "the environment is as it was before"
    assert content(base) == before and left(base) == []


def test_a_uv_that_is_no_program_changes_nothing(base, old, tmp_path):
    (tmp_path / "uv").write_text("\0")
    (tmp_path / "uv").chmod(0o755)
    more = Locked(name="more", version="1.0", lines=("more==1.0",))
    with pytest.raises(ApplyError, match="uv cannot be started: Exec format error") as caught:
        apply(base, changes(installed=(more,)), uv=str(tmp_path / "uv"))
    assert caught.value.hint == "nothing was changed"
    assert content(base) == old and left(base) == []


@needs_root
class TestOfAnotherUser:
    """Who once ran pip with sudo has folders in its environment that are not its own."""

    def test_what_cannot_be_read_cannot_be_kept_so_nothing_is_changed(self):
        with bare_environment() as base:
            (site_of(base) / "closed").mkdir(mode=0o700)
            (base / "leftover").write_text("x")
            with (
                as_nobody(),
                pytest.raises(ApplyError, match=r"cannot be kept: .*/closed: Permission denied") as caught,
            ):
                apply(base, changes(leftovers=(base / "leftover",)))
            assert caught.value.hint == "nothing was changed"
            assert (base / "leftover").exists() and left(base) == []

    def test_what_cannot_be_deleted_is_an_error_and_all_is_as_before(self):
        with bare_environment() as base:
            first, second = site_of(base) / "~irst", site_of(base) / "~orch"
            first.write_text("x")
            second.mkdir()
            (second / "old.py").write_text("x")
            before = content(base)
            with as_nobody(), pytest.raises(ApplyError, match=r"~orch cannot be deleted: Permission denied") as caught:
                apply(base, changes(leftovers=(first, second)))
            assert caught.value.hint == "the environment is as it was before"
            assert content(base) == before and left(base) == []


class TestWithoutRoom:
    """No byte can be written any more, from some moment on."""

    @staticmethod
    def full_from(moment, base, leftover):
        with contextlib.ExitStack() as room:

            def progress(line):
                if line.startswith(moment):
                    room.enter_context(no_room())

            apply(base, changes(leftovers=(leftover,)), progress=progress)

    @pytest.fixture
    def leftover(self, base):
        path = site_of(base) / "~orch"
        path.write_text("x")
        return path

    def test_before_anything_was_changed(self, base, leftover):
        with pytest.raises(ApplyError, match=r"listing\.txt.*: .*|File too large") as caught:
            self.full_from("keeping", base, leftover)
        assert "File too large" in caught.value.message and caught.value.hint == "nothing was changed"
        assert leftover.exists() and left(base) == []

    def test_for_a_moment_amid_it_all_is_as_before(self, base, leftover):
        before, room = content(base), contextlib.ExitStack()

        def progress(line):
            if line.startswith("deleting"):
                room.enter_context(no_room())
            elif line.startswith("putting back"):
                room.close()

        with room, pytest.raises(ApplyError, match="a file of this run cannot be written: File too large") as caught:
            apply(base, changes(leftovers=(leftover,)), progress=progress)
        assert caught.value.hint == "the environment is as it was before"
        assert content(base) == before and left(base) == []

    def test_after_that_it_is_put_back_and_said_that_it_is_not_written_down(self, base, leftover):
        before = content(base)
        with pytest.raises(ApplyError, match=r"could not be put back yet: .*File too large") as caught:
            self.full_from("deleting", base, leftover)
        assert f"`doctor fix --resume --python {base}/bin/python`" in caught.value.hint
        assert content(base) == before
        assert RunFolder(base).state().phase is Phase.APPLYING, "the next run does it again, and writes it down"
        self.resume(base, None)
        assert content(base) == before and left(base) == []

    def test_at_the_end_the_new_environment_stays_and_says_so(self, base, leftover):
        with contextlib.ExitStack() as room:

            def examine():
                room.enter_context(no_room())
                return SOUND

            with pytest.raises(ApplyError, match=r"the environment is the new one, but .*File too large") as caught:
                apply(base, changes(leftovers=(leftover,)), examine=examine)
        assert "--resume" in caught.value.hint and not leftover.exists()
        self.resume(base, SOUND)
        assert not leftover.exists() and left(base) == ["before.txt", "lock"]

    @staticmethod
    def resume(base, wanted):
        folder = RunFolder(base)
        with folder.hold():
            assert resume(folder, folder.state(), lambda: SOUND, print) == wanted


def test_what_cannot_be_put_back_is_kept_for_the_next_try(base, old, tmp_path):
    """Somebody has moved what was kept: nothing is thrown away, and `--resume` does it once that is mended."""
    leftover, kept = site_of(base) / "mine.py", base / ".doctor-fix" / "old"

    def examine():
        kept.rename(tmp_path / "away")
        raise ApplyError("it is no better")

    with pytest.raises(ApplyError, match=r"could not be put back yet: .*old/folder-0: No such file") as caught:
        apply(base, changes(leftovers=(leftover,)), examine=examine)
    assert "--resume" in caught.value.hint
    (tmp_path / "away").rename(kept)
    folder = RunFolder(base)
    with folder.hold():
        assert resume(folder, folder.state(), lambda: SOUND, print) is None
    assert content(base) == old and left(base) == []


class TestResumed:
    @pytest.fixture
    def interrupted(self, base):
        """Leave an environment as a run does that is killed in a phase."""

        def leave(phase):
            folder = RunFolder(base)
            folder.path.mkdir()
            folder.listing.write_text("mine==1.0\n")
            state = State(
                phase=phase,
                python=f"{base}/bin/python",
                started="2026-01-01",
                process=1,
                changes=(),
                errors=(),
                saved=save([site_of(base)], [], folder.kept),
            )
            folder.write(state)
            (site_of(base) / "mine.py").unlink()
            return folder

        return leave

    def test_a_check_that_fails_puts_the_old_one_back(self, interrupted, base, old):
        def examine():
            raise ApplyError("no such interpreter", hint="mend it")

        folder = interrupted(Phase.APPLIED)
        with folder.hold(), pytest.raises(ApplyError, match="no such interpreter") as caught:
            resume(folder, folder.state(), examine, print)
        assert caught.value.hint == "mend it; the environment is as it was before"
        assert content(base) == old and left(base) == []

    def test_an_interrupted_check_puts_the_old_one_back(self, interrupted, base, old):
        def examine():
            raise KeyboardInterrupt

        folder = interrupted(Phase.APPLIED)
        with folder.hold(), pytest.raises(KeyboardInterrupt):
            resume(folder, folder.state(), examine, print)
        assert content(base) == old and left(base) == []

    def test_one_that_had_ended_is_only_tidied(self, interrupted, base):
        folder = interrupted(Phase.FINISHED)
        new = content(base)
        with folder.hold():
            assert resume(folder, folder.state(), lambda: SOUND, print) is SOUND
        assert content(base) == new and left(base) == []

    def test_the_list_of_what_was_there_survives_a_second_kill(self, interrupted, base):
        """Killed after the list had its last name, and before that was written down."""
        folder = interrupted(Phase.APPLIED)
        folder.listing.replace(folder.before)
        with folder.hold():
            assert resume(folder, folder.state(), lambda: SOUND, print) is SOUND
        assert folder.before.read_text() == "mine==1.0\n" and left(base) == ["before.txt", "lock"]
