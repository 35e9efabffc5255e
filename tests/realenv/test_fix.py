"""`doctor fix` on real environments: it is mended, and installers take the lock file that it writes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from doctor.installer.pip_settings import pip_settings, uv_environ
from scripts.make_environments import NAMES, copy, default_cache, find_tools, interpreter_of, make
from scripts.prove_fix import check, doctor, grave

pytestmark = pytest.mark.realenv


@pytest.fixture
def broken():
    """Copy the environment of a recipe; only beside the others it can be linked."""
    made = []

    def find(name):
        cache = default_cache()
        cache.mkdir(parents=True, exist_ok=True)
        environment = cache / f"{name}-{os.getpid()}"
        made.append(environment)
        copy(make(NAMES[name], cache, find_tools(sys.executable)), environment)
        return interpreter_of(environment)

    yield find
    for environment in made:
        shutil.rmtree(environment, ignore_errors=True)


@pytest.mark.parametrize("name", ["old-huggingface-hub", "interrupted-upgrade"])
def test_apply_mends_it(broken, name):
    python = broken(name)
    assert grave(check(python), of_packages=True)
    done = doctor("fix", "--python", python, "--apply", "--yes")
    assert "error:" not in done.stderr, done.stderr
    assert grave(check(python), of_packages=True) == []
    again = doctor("fix", "--python", python, "--apply", "--yes")
    assert " -> " not in again.stdout, "a second run does nothing"


def test_uv_and_pip_take_the_lock_of_a_whole_stack(broken, tmp_path):
    """Both say what they would install, which is what doctor says that moves."""
    python, lock = broken("old-huggingface-hub"), tmp_path / "mended.txt"
    done = doctor("fix", "--python", python, "--lockfile", lock)
    assert lock.exists(), done.stderr
    assert lock.read_text().count("==") > 100
    uv = find_tools(sys.executable).uv
    variables = uv_environ(pip_settings(os.environ), os.environ)
    sync = [uv, "pip", "sync", "--dry-run", "--require-hashes", "--python", python, lock]
    said = subprocess.run(sync, env=variables, capture_output=True, text=True, check=True).stderr
    changes = [
        line.split()[1].partition("==")[0]
        for line in said.splitlines()
        if line[:2] in ("+ ", "~ ") or line[:3] == " + "
    ]
    assert changes == ["huggingface-hub"], said
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--dry-run", "--require-hashes", "--no-deps"]
    said = subprocess.run([*pip, "-r", lock], capture_output=True, text=True, check=True).stdout
    assert "Would install huggingface" in said and said.count("Requirement already satisfied") > 100
