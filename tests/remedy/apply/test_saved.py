"""What is kept comes back exactly, whatever was done to it meanwhile."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from doctor.remedy.apply.saved import outermost, restore, save
from doctor.remedy.apply.tree import restore_file, restore_tree, save_file, save_tree
from tests.processes import as_nobody
from tests.remedy.apply.places import bare_environment, site_of


@pytest.fixture
def site(tmp_path):
    folder = tmp_path / "env" / "lib" / "site-packages"
    (folder / "torch" / "lib").mkdir(parents=True)
    (folder / "torch" / "__init__.py").write_text("one\n")
    (folder / "torch" / "lib" / "libtorch.so").write_bytes(b"\x7fELF")
    (folder / "torch" / "lib" / "libtorch.so").chmod(0o755)
    (folder / "torch" / "lib" / "libtorch.so.1").symlink_to("libtorch.so")
    (folder / "empty").mkdir(mode=0o500)
    return folder


def tree(folder):
    """Name, kind, mode, identity and time of all that is in a folder."""
    found = {}
    for path in [folder, *sorted(Path(folder).rglob("*"))]:
        status = path.lstat()
        number = 0 if stat.S_ISDIR(status.st_mode) else status.st_ino
        found[str(path)] = (status.st_mode, number, status.st_mtime_ns)
    return found


def spoil(folder):
    (folder / "torch" / "__init__.py").unlink()
    (folder / "torch" / "lib" / "libtorch.so.1").unlink()
    (folder / "torch" / "lib" / "libtorch.so.1").mkdir()
    (folder / "torch" / "lib" / "libtorch.so.1" / "deep").write_text("x")
    (folder / "empty").rmdir()
    (folder / "empty").write_text("now a file")
    (folder / "new" / "deep").mkdir(parents=True)
    (folder / "new" / "deep" / "link").symlink_to("/")


def test_a_tree_comes_back_with_its_very_files(site, tmp_path):
    before = tree(site)
    save_tree(site, tmp_path / "kept")
    spoil(site)
    restore_tree(tmp_path / "kept", site)
    assert tree(site) == before
    restore_tree(tmp_path / "kept", site)
    assert tree(site) == before


def test_a_tree_that_was_removed_comes_back(site, tmp_path):
    before = tree(site)
    save_tree(site, tmp_path / "kept")
    site.rename(tmp_path / "away")
    restore_tree(tmp_path / "kept", site)
    assert tree(site) == before


def test_what_an_interrupted_restoring_left_goes(site, tmp_path):
    before = tree(site)
    save_tree(site, tmp_path / "kept")
    (site / "torch" / ".doctor-fix.unfinished").write_text("half")
    restore_tree(tmp_path / "kept", site)
    assert tree(site) == before


def test_files_outside_come_back_and_what_was_not_there_goes(site, tmp_path):
    base = tmp_path / "env"
    (base / "bin").mkdir()
    (base / "bin" / "tool").write_text("old")
    mine, later = base / "bin" / "mine", base / "share" / "man" / "page"
    mine.write_text("of the user")
    saved = save([site], [base / "bin" / "tool", later, site / "torch" / "__init__.py"], tmp_path / "kept")
    assert [name for _, name in saved.files] == ["file-0", ""], "what lies in site-packages is kept with it"
    (base / "bin" / "tool").unlink()
    later.parent.mkdir(parents=True)
    later.write_text("new")
    restore(saved, tmp_path / "kept")
    assert (base / "bin" / "tool").read_text() == "old" and mine.exists()
    assert not (base / "share").exists()


def test_a_folder_that_others_use_meanwhile_stays(site, tmp_path):
    later = tmp_path / "env" / "share" / "page"
    saved = save([site], [later], tmp_path / "kept")
    later.parent.mkdir()
    later.write_text("new")
    (later.parent / "other").write_text("of someone else")
    restore(saved, tmp_path / "kept")
    assert not later.exists() and (later.parent / "other").exists()


def test_lib64_is_kept_once(tmp_path):
    (tmp_path / "lib" / "site-packages").mkdir(parents=True)
    (tmp_path / "lib64").symlink_to("lib")
    folders = [tmp_path / "lib" / "site-packages", tmp_path / "lib64" / "site-packages", tmp_path / "lib"]
    assert outermost(folders) == [(tmp_path / "lib").resolve()]


def test_a_folder_that_was_not_there_goes_with_all_that_came_into_it(tmp_path):
    """A second site-packages (platlib) comes with the first package that has compiled code."""
    later = tmp_path / "env" / "lib64" / "site-packages"
    saved = save([later], [], tmp_path / "kept")
    (later / "torch").mkdir(parents=True)
    restore(saved, tmp_path / "kept")
    assert not later.exists()


def test_what_vanishes_while_it_is_kept_is_an_error(tmp_path):
    """Or it would be missed only when it has to come back."""
    with pytest.raises(FileNotFoundError):
        save_file(tmp_path / "gone", tmp_path / "kept")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_what_is_as_it_was_is_left_alone_and_may_be_of_another_user():
    """Who once ran pip with sudo has folders in its environment that are not its own."""
    with bare_environment() as base:
        site = site_of(base)
        (site / "of-root").mkdir()
        (site / "of-root" / "module.py").write_text("x = 1\n")
        (site / "of-root" / "link").symlink_to("module.py")
        (site / "mine").chmod(0o500)
        before = tree(site)
        with as_nobody():
            save_tree(site, base / "kept")
            (site / "mine").chmod(0o700)
            (site / "mine" / "__init__.py").unlink()
            (site / "mine").chmod(0o500)
            restore_tree(base / "kept", site)
        assert tree(site) == before


def test_a_copy_that_was_changed_comes_back(tmp_path):
    """Where no links can be had, a file that looks like its copy is compared with it."""
    kept, target = tmp_path / "kept", tmp_path / "target"
    for path, text in ((kept, "one"), (target, "two")):
        path.write_text(text)
        os.utime(path, (1, 1))
    restore_file(kept, target)
    assert target.read_text() == "one"


@pytest.mark.skipif(not os.access("/dev/shm", os.W_OK), reason="there is no second file system")
def test_across_file_systems_it_is_copied(site):
    import tempfile

    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        if Path(folder).stat().st_dev == site.stat().st_dev:
            pytest.skip("there is no second file system")
        save_tree(site, Path(folder) / "kept")
        spoil(site)
        restore_tree(Path(folder) / "kept", site)
    assert (site / "torch" / "__init__.py").read_text() == "one\n"
    assert (site / "torch" / "lib" / "libtorch.so.1").is_symlink() and not (site / "new").exists()
