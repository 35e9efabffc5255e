"""The probe that travels, run for real: as a file and from standard input, by other Pythons, with nothing installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from doctor.cli.exits import ExitCode
from doctor.core.fleet.node import HOST
from doctor.intake.snapshot import read_snapshot
from doctor.portable.build import as_text, as_zipapp
from tests.pythons import pythons

ROOT = Path(__file__).parents[2]
HERE = sys.version_info[:2]
NEW = {version: path for version, path in pythons().items() if version >= (3, 10)}
OLD = {version: path for version, path in pythons().items() if version < (3, 10)}
OTHERS = [path for version, path in NEW.items() if version != HERE]
# What passes from one moment to the next.
PASSING = {"memory": ("available",), "shared_memory": ("free",), "disks": ("free",)}
ALL_MODULES = """
import importlib, sys, zipfile
sys.path.insert(0, sys.argv[1])
for name in sys.argv[2:]:
    importlib.import_module(name)
files = [getattr(module, "__file__", None) or "" for module in sys.modules.values()]
outside = [path for path in files if "site-packages" in path]
print(len(sys.argv) - 2, *outside)
"""


@pytest.fixture(scope="module")
def probes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("probes")
    (folder / "probe.pyz").write_bytes(as_zipapp())
    (folder / "probe.py").write_text(as_text())
    return folder / "probe.pyz", folder / "probe.py"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the installed command finds."""
    path = tmp_path_factory.mktemp("installed") / "node.json"
    run([sys.executable, "-I", "-m", "doctor", "snapshot", "--python", sys.executable, "-o", str(path)])
    return facts_of(path.read_text())


def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120, **options)


def facts_of(text: str) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(text)["facts"]
    for name, fields in PASSING.items():
        known = facts[name].get("known", {})
        for item in known if isinstance(known, list) else [known]:
            for field in fields:
                item.pop(field, None)
    return facts


@pytest.mark.parametrize("python", OTHERS)
def test_another_python_finds_the_same_facts(python: str, probes: tuple[Path, Path], installed: dict[str, Any]):
    done = run([python, "-I", str(probes[0]), "--python", sys.executable])
    assert facts_of(done.stdout) == installed
    assert done.stderr == ""


@pytest.mark.skipif(not OTHERS, reason="there is one minor version of Python here only")
def test_so_does_one_that_is_given_the_program_on_standard_input(
    probes: tuple[Path, Path], installed: dict[str, Any], tmp_path: Path
):
    """As `ssh HOST python3 -I - < probe.py` does; nothing is left on the disk."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    output = tmp_path / "node.json"
    with probes[1].open() as program:
        done = run([OTHERS[-1], "-I", "-", "--python", sys.executable, "-o", str(output)], stdin=program)
        program.seek(0)
        elsewhere = {**os.environ, "TMPDIR": str(temporary)}
        run([OTHERS[-1], "-I", "-", "--python", sys.executable], stdin=program, env=elsewhere)
    assert done.stdout == done.stderr == ""
    assert facts_of(output.read_text()) == installed
    assert list(temporary.iterdir()) == []


def test_what_it_writes_is_a_snapshot_like_any_other(probes: tuple[Path, Path], tmp_path: Path):
    run([sys.executable, "-I", str(probes[0]), "--python", sys.executable, "-o", str(tmp_path / "node.json")])
    assert "interpreter" in read_snapshot(tmp_path / "node.json").facts


def test_it_leaves_out_whose_machine_it_is_where_it_is_asked_to(probes: tuple[Path, Path], tmp_path: Path):
    file = tmp_path / "acme" / "node.json"
    file.parent.mkdir()
    run([sys.executable, "-I", str(probes[0]), "--anonymous", "-o", str(file)], env={"HOME": str(tmp_path)})
    assert str(tmp_path) not in file.read_text() and read_snapshot(file).get(HOST).value.name == "host"


def test_nothing_that_is_installed_is_imported(probes: tuple[Path, Path]):
    """-S leaves site-packages out, so that an import that is not in the file fails."""
    names = zipfile.ZipFile(probes[0]).namelist()
    modules = [name[:-3].removesuffix("/__init__").replace("/", ".") for name in names if name.startswith("doctor/")]
    python = next(iter(NEW.values()))
    assert run([python, "-I", "-S", "-c", ALL_MODULES, str(probes[0]), *modules]).stdout.split() == [str(len(modules))]


@pytest.mark.parametrize("form", [0, 1])
def test_modules_on_pythonpath_do_not_take_the_place_of_its_own(probes: tuple[Path, Path], tmp_path: Path, form: int):
    for name in ("click", "packaging", "pynvml", "doctor"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('the wrong module')\n")
    done = run([sys.executable, str(probes[form]), "--version"], env={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert "probe" in done.stdout


@pytest.mark.parametrize("form", [0, 1])
def test_bad_input_has_one_clear_error(probes: tuple[Path, Path], form: int):
    command = [sys.executable, "-I", str(probes[form]), "--python", "/nonexistent/python"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == ExitCode.USAGE
    assert done.stdout == ""
    assert done.stderr.splitlines()[0] == "error: there is no interpreter at /nonexistent/python"


@pytest.mark.parametrize("form", [0, 1])
@pytest.mark.parametrize("python", OLD.values() or [pytest.param("", marks=pytest.mark.skip(reason="no old Python"))])
def test_a_python_that_is_too_old_says_so(python: str, probes: tuple[Path, Path], form: int):
    done = subprocess.run([python, str(probes[form])], capture_output=True, text=True, timeout=60)
    assert done.returncode == ExitCode.USAGE
    assert done.stderr.startswith("error: this probe needs Python 3.10 or newer")


class TestTheFile:
    def test_is_the_same_from_the_same_files(self, probes: tuple[Path, Path]):
        code = "import sys; from doctor.portable.build import as_zipapp; sys.stdout.buffer.write(as_zipapp())"
        again = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=60)
        assert again.stdout == probes[0].read_bytes()
        assert as_text() == probes[1].read_text()

    def test_holds_nothing_of_this_machine(self, probes: tuple[Path, Path]):
        archive = zipfile.ZipFile(probes[0])
        for name in archive.namelist():
            assert str(ROOT).encode() not in archive.read(name), name
            assert archive.getinfo(name).date_time[0] == 1980

    def test_holds_pure_python_and_the_licences_only(self, probes: tuple[Path, Path]):
        names = zipfile.ZipFile(probes[0]).namelist()
        assert {Path(name).suffix for name in names if not name.startswith("licenses/")} == {".py"}
        assert any(name.startswith("licenses/click/") for name in names)
        assert any(name.startswith("licenses/packaging/") for name in names)

    def test_is_small(self, probes: tuple[Path, Path]):
        assert all(path.stat().st_size < 1 << 20 for path in probes)
