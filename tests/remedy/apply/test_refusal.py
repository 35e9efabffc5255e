"""Environments and distributions that doctor does not change."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from doctor.remedy.apply.changes import changes_of, list_installed
from doctor.remedy.apply.refusal import require_changeable
from doctor.remedy.apply.run_folder import RefusedError
from doctor.remedy.lock import lock_of
from doctor.remedy.plan import Plan
from doctor.remedy.request import request_of
from doctor.remedy.resolve import Locked, Resolution
from tests.facts import distribution, interpreter


def changes(*installed, locked, **machine):
    here = interpreter(**machine)
    plan = Plan()
    items = tuple(Locked(name=name, version=version, lines=(f"{name}=={version}",)) for name, version in locked.items())
    lock = lock_of(plan, request_of(plan, installed, here), Resolution(locked=items), installed)
    return changes_of(lock, installed, here)


def test_an_interpreter_of_the_operating_system_is_refused():
    with pytest.raises(RefusedError, match="EXTERNALLY-MANAGED"):
        require_changeable(interpreter(prefix="/usr", externally_managed=True))


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_an_environment_of_another_user_is_refused(tmp_path):
    code = (
        "import os, sys; from tests.facts import interpreter; from doctor.remedy.apply.refusal import *\n"
        "os.setresuid(65534, 65534, 65534)\n"
        "try: require_changeable(interpreter(site_packages=('/usr/lib',), scripts='/usr/bin'))\n"
        "except RefusedError as error: print(error.message)"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    assert "cannot be written by this user: /usr" in done.stdout


def test_a_read_only_file_system_is_called_so():
    closed = [
        line.split()[1] for line in Path("/proc/mounts").read_text().splitlines() if ",ro," in f",{line.split()[3]},"
    ]
    folders = [path for path in closed if Path(path).is_dir()]
    if not folders:
        pytest.skip("nothing is mounted read-only here")
    with pytest.raises(RefusedError, match="is read-only"):
        require_changeable(interpreter(site_packages=(folders[0],), scripts=f"{folders[0]}/bin"))


def test_a_package_of_conda_is_left_to_conda():
    numpy = distribution("numpy", "2.1.0", origin="conda")
    with pytest.raises(RefusedError, match=r"numpy 2\.1\.0 was installed by conda"):
        changes(numpy, locked={"numpy": "1.26.4"})


def test_a_package_of_conda_that_fits_is_left_alone():
    assert changes(distribution("numpy", "1.26.4", origin="conda"), locked={"numpy": "1.26.4"}).empty


@pytest.mark.parametrize("place", ["python_path", "user_site"])
def test_what_lies_outside_and_hides_the_environment_is_refused(place):
    folder = "/home/user/lib"
    machine = {place: (folder,) if place == "python_path" else folder}
    torch = distribution("torch", "2.5.0", path=f"{folder}/torch-2.5.0.dist-info")
    with pytest.raises(RefusedError, match="not of this environment"):
        changes(torch, locked={"torch": "2.4.0"}, **machine)


def test_what_lies_below_the_environment_may_be_hidden_but_not_removed():
    """A virtual environment with the system's site-packages, as the images of NVIDIA have them."""
    torch = distribution("torch", "2.5.0", path="/usr/lib/python3/dist-packages/torch-2.5.0.dist-info")
    assert [item.name for item in changes(torch, locked={"torch": "2.4.0"}).installed] == ["torch"]
    with pytest.raises(RefusedError, match="not of this environment"):
        changes(torch, locked={})


def test_the_list_of_what_was_there_can_be_installed_from():
    listed = list_installed(
        (
            distribution("torch", "2.4.0"),
            distribution("mine", "0.1", origin="editable", origin_detail="file:///src/mine"),
            distribution("fork", "1", origin="vcs", origin_detail="git+https://example.org/fork@abc"),
        ),
        interpreter(),
    )
    assert "torch==2.4.0\n" in listed and "fork @ git+https://example.org/fork@abc\n" in listed
    assert "# mine 0.1: in editable mode from file:///src/mine\n" in listed


def test_what_is_hidden_by_another_version_is_not_listed_twice():
    hidden = distribution("torch", "2.2.2", shadowed=True, path="/usr/lib/torch-2.2.2.dist-info")
    assert list_installed((distribution("torch", "2.4.0"), hidden), interpreter()).count("torch==") == 1
