"""What is published: the wheel that is built, installed alone, and installed beside vLLM."""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from doctor import __version__
from doctor.engine.catalogue import module_names, node_codes
from doctor.engine.index import INDEX, compile_index
from doctor.matrix.checked import check_shipped
from doctor.matrix.compiled import compile_part
from doctor.matrix.shipped import COMPILED
from scripts.make_environments import find_tools

ROOT = Path(__file__).parents[1]
PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")


@functools.cache
def tools():
    return find_tools("python")


@pytest.fixture(scope="module")
def dist(tmp_path_factory):
    """The folder of an sdist and of the wheel that is built from that sdist."""
    folder = tmp_path_factory.mktemp("dist")
    uv("build", "--out-dir", folder, ROOT)
    return folder


@pytest.fixture(scope="module")
def wheel(dist):
    (path,) = dist.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def names(wheel):
    return zipfile.ZipFile(wheel).namelist()


@pytest.fixture(scope="module")
def metadata(wheel, names):
    (path,) = (name for name in names if name.endswith(".dist-info/METADATA"))
    return Parser().parsestr(zipfile.ZipFile(wheel).read(path).decode())


def test_wheel_is_pure_and_small(wheel):
    assert wheel.name == f"llm_stack_doctor-{__version__}-py3-none-any.whl"
    assert wheel.stat().st_size < 3 * 1024**2


def test_wheel_holds_the_package_and_nothing_else(names):
    assert {name.partition("/")[0] for name in names} == {"doctor", f"llm_stack_doctor-{__version__}.dist-info"}
    assert not [name for name in names if name.startswith("doctor/tests/") or "__pycache__" in name]


def test_wheel_holds_every_file_of_the_package(names):
    tracked = git("ls-files", "doctor").splitlines()
    assert tracked
    assert set(tracked) - set(names) == set()


def test_wheel_holds_the_matrices(names):
    tracked = git("ls-files", "matrices").splitlines()
    assert tracked
    assert {f"doctor/{path}" for path in tracked} - set(names) == set()


def test_wheel_holds_the_matrix_compiled_and_it_says_what_the_files_say(wheel):
    assert zipfile.ZipFile(wheel).read(f"doctor/matrices/{COMPILED}") == compile_part(check_shipped())


def test_wheel_holds_the_index_of_its_rules(wheel):
    index = compile_index(module_names()[code] for code in node_codes())
    assert zipfile.ZipFile(wheel).read(f"doctor/rules/{INDEX}") == index


@pytest.mark.parametrize(
    "pattern", [r"doctor/py\.typed", r"doctor/endtoend/payload/\w+\.py", r"doctor/.*schema.*\.json"]
)
def test_wheel_holds_the_data_that_the_program_reads(names, pattern):
    assert [name for name in names if re.fullmatch(pattern, name)]


def test_requirements_have_no_upper_bound(metadata):
    requirements = [Requirement(line) for line in metadata.get_all("Requires-Dist")]
    assert requirements
    capped = [item for item in requirements for clause in item.specifier if clause.operator not in (">=", "!=")]
    assert capped == []


def test_sdist_builds_the_same_wheel_as_the_checkout(wheel, tmp_path):
    uv("build", "--wheel", "--out-dir", tmp_path, ROOT)
    (direct,) = tmp_path.glob("*.whl")
    assert contents_of(direct) == contents_of(wheel)


@pytest.fixture(scope="module", params=PYTHONS)
def installed(request, wheel, tmp_path_factory):
    """The `bin` of a fresh environment that holds the wheel and what it requires, nothing else."""
    python = find_python(request.param)
    if python is None:
        pytest.skip(f"no Python {request.param} on this machine")
    environment = tmp_path_factory.mktemp("installed") / "venv"
    uv("venv", "--python", python, environment)
    uv("pip", "install", "--python", environment / "bin" / "python", wheel)
    return environment / "bin"


@pytest.mark.parametrize("command", [["doctor"], ["llm-stack-doctor"], ["python", "-m", "doctor"]])
def test_installed_wheel_states_its_version(installed, tmp_path, command):
    done = run_installed([installed / command[0], *command[1:], "--version"], tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert __version__ in done.stdout


def test_installed_wheel_examines_an_environment(installed, tmp_path):
    command = [installed / "python", "-m", "doctor", "check", "--python", installed / "python", "--format", "json"]
    done = run_installed(command, tmp_path)
    assert done.returncode in (0, 3), done.stderr
    report = json.loads(done.stdout)
    assert report["doctor_version"] == __version__
    assert [outcome["code"] for outcome in report["outcomes"]] == rule_codes()


def test_installed_wheel_has_its_matrices(installed, tmp_path):
    done = run_installed([installed / "doctor", "matrix", "list"], tmp_path)
    assert done.returncode == 0, done.stderr
    assert "vllm-0.5.5" in done.stdout


def test_installing_beside_the_newest_vllm_moves_nothing(wheel, tmp_path):
    """Resolve vLLM alone, which picks its newest version that resolves, then that one with the wheel."""
    alone = resolve(tmp_path, "vllm")
    together = resolve(tmp_path, f"vllm=={alone['vllm']}", f"llm-stack-doctor @ {wheel.as_uri()}")
    moved = {name: (alone[name], together.get(name)) for name in alone if together.get(name) != alone[name]}
    assert moved == {}
    assert "llm-stack-doctor" in together
    assert set(together) - set(alone) <= set(resolve(tmp_path, f"llm-stack-doctor @ {wheel.as_uri()}"))


def resolve(folder, *requirements):
    """The versions that a resolver picks today for Linux: name to version or address."""
    source, locked = folder / "in.txt", folder / "out.txt"
    source.write_text("\n".join(requirements))
    locked.unlink(missing_ok=True)
    options = ["--quiet", "--no-header", "--no-annotate", "--python-version", "3.11"]
    uv("pip", "compile", source, "--output-file", locked, *options)
    lines = [re.split("==| @ ", line.partition(" ;")[0], maxsplit=1) for line in locked.read_text().splitlines()]
    return {name.strip(): version.strip() for name, version in lines}


def uv(*arguments):
    command, variables = [tools().uv, *map(str, arguments)], dict(tools().environ)
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=variables, check=False)
    assert done.returncode == 0, done.stderr


def git(*arguments):
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode:
        pytest.skip(f"not a git checkout: {done.stderr.strip()}")
    return done.stdout


def contents_of(wheel):
    archive = zipfile.ZipFile(wheel)
    return {name: archive.read(name) for name in archive.namelist()}


def rule_codes():
    files = (ROOT / "doctor" / "rules").glob("*/[a-z]*[0-9]_*.py")
    codes = (path.name.partition("_")[0].upper() for path in files)
    return sorted(code for code in codes if not code.startswith("FLT"))  # those judge many snapshots


def run_installed(command, folder):
    """Run a command far from the checkout, so that only what is installed can be imported."""
    variables = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    arguments = [str(item) for item in command]
    return subprocess.run(
        arguments, capture_output=True, text=True, cwd=folder, env=variables, timeout=120, check=False
    )


@functools.cache
def find_python(version):
    """An interpreter of that minor version: on PATH, or among those of pyenv or uv; None without."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    candidates = [shutil.which(f"python{version}"), *sorted(pyenv.glob(f"versions/{version}.*/bin/python"))]
    for candidate in filter(None, candidates):
        # What PATH has may be a shim of a version that is not there.
        code = "import sys; print('%d.%d' % sys.version_info[:2])"
        done = subprocess.run([str(candidate), "-c", code], capture_output=True, text=True, check=False)
        if done.returncode == 0 and done.stdout.strip() == version:
            return str(candidate)
    found = [tools().uv, "python", "find", "--no-python-downloads", "--no-project", "--managed-python", version]
    done = subprocess.run(found, capture_output=True, text=True, check=False)
    return done.stdout.strip() or None
