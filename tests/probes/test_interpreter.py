from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from doctor.core.errors import TargetError
from doctor.core.interpreter import PLATFORM
from doctor.core.target import Target
from doctor.probes.interpreter import ask_interpreter
from doctor.probes.machine.platform import find as find_platform
from tests.probes.machine.probing import value_of

PLAIN = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}


def others() -> list[Path]:
    """Interpreters of other minor versions that this machine happens to have."""
    named = [shutil.which(f"python3.{minor}") for minor in range(8, 15)]
    built = sorted(Path.home().glob(".pyenv/versions/3.*/bin/python"))
    chosen: dict[str, Path] = {}
    for path in [*built, *(Path(item) for item in named if item)]:
        done = subprocess.run(
            [path, "-I", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], capture_output=True, text=True
        )
        if done.returncode == 0:
            chosen.setdefault(done.stdout.strip(), path)
    return [path for minor, path in chosen.items() if tuple(map(int, minor.split("."))) >= (3, 8)]


def script(path: Path, body: str) -> Path:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def venv(folder: Path, *options: str) -> Path:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", *options, folder], check=True)
    return folder / "bin/python"


def test_the_running_interpreter_describes_itself() -> None:
    found = ask_interpreter(Path(sys.executable), PLAIN)
    assert found.version == ".".join(map(str, sys.version_info[:3]))
    assert found.prefix == sys.prefix
    assert Path(found.include, "Python.h").name == "Python.h"
    assert found.markers["python_version"] == f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert f"cp{sys.version_info[0]}{sys.version_info[1]}-cp{sys.version_info[0]}{sys.version_info[1]}" in found.tags[0]
    assert "py3-none-any" in found.tags


@pytest.mark.parametrize("python", others(), ids=lambda path: path.parent.parent.name)
def test_a_target_of_another_minor_version_answers_for_itself(python: Path) -> None:
    found = ask_interpreter(python, PLAIN)
    major, minor = found.version.split(".")[:2]
    assert found.minor == f"{major}.{minor}"
    assert found.tags[0].startswith(f"cp{major}{minor}-cp{major}{minor}")
    assert all(f"python{major}.{minor}" in folder for folder in found.site_packages)


def test_a_virtual_environment_is_told_from_its_base(tmp_path: Path) -> None:
    found = ask_interpreter(venv(tmp_path / "env"), PLAIN)
    assert found.virtual
    assert found.prefix == str(tmp_path / "env")
    assert not found.user_site_enabled
    assert found.site_packages[0] in found.search_path


def test_a_link_to_the_interpreter_of_an_environment_leads_to_the_environment(tmp_path: Path) -> None:
    python = venv(tmp_path / "env")
    (tmp_path / "env/bin/other").symlink_to(python.name)
    assert ask_interpreter(tmp_path / "env/bin/other", PLAIN).prefix == str(tmp_path / "env")


def test_a_shim_that_starts_the_real_interpreter_is_followed(tmp_path: Path) -> None:
    python = venv(tmp_path / "env")
    found = ask_interpreter(script(tmp_path / "shim", f'exec "{python}" "$@"'), PLAIN)
    assert found.executable == str(python)


def test_an_environment_that_sees_the_system_packages_has_the_user_site(tmp_path: Path) -> None:
    python = venv(tmp_path / "env", "--system-site-packages")
    assert ask_interpreter(python, PLAIN).user_site_enabled
    assert not ask_interpreter(python, {**PLAIN, "PYTHONNOUSERSITE": "1"}).user_site_enabled


def test_python_path_is_noted_and_does_not_count_as_search_path(tmp_path: Path) -> None:
    found = ask_interpreter(Path(sys.executable), {**PLAIN, "PYTHONPATH": f"{tmp_path}::/elsewhere"})
    assert found.python_path == (str(tmp_path), "/elsewhere")
    assert str(tmp_path) not in found.search_path


def test_a_conda_environment_is_known_by_its_metadata_folder(tmp_path: Path) -> None:
    python = venv(tmp_path / "env")
    assert ask_interpreter(python, PLAIN).conda_prefix == ""
    (tmp_path / "env/conda-meta").mkdir()
    assert ask_interpreter(python, PLAIN).conda_prefix == str(tmp_path / "env")


def test_the_mark_of_the_system_does_not_count_in_a_virtual_environment(tmp_path: Path) -> None:
    assert not ask_interpreter(venv(tmp_path / "env"), PLAIN).externally_managed


@pytest.mark.parametrize("marked", [True, False])
def test_an_interpreter_that_the_system_manages_carries_its_mark(tmp_path: Path, marked: bool) -> None:
    """The base interpreter answers, with a standard library folder of ours in place of its own."""
    base = f"{sys.base_prefix}/bin/python{sys.version_info[0]}.{sys.version_info[1]}"
    edited = f"s#'stdlib': '[^']*'#'stdlib': '{tmp_path}'#"
    python = script(tmp_path / "python", f'"{base}" "$@" | sed "{edited}"')
    if marked:
        (tmp_path / "EXTERNALLY-MANAGED").write_text("[externally-managed]\n")
    assert ask_interpreter(python, PLAIN).externally_managed is marked


def test_what_is_printed_around_the_answer_does_not_hide_it(tmp_path: Path) -> None:
    python = venv(tmp_path / "env")
    loud = script(tmp_path / "loud", f'printf "no line end"; echo warning >&2; "{python}" "$@"; echo bye')
    assert ask_interpreter(loud, PLAIN).prefix == str(tmp_path / "env")


@pytest.mark.parametrize("python", [Path(sys.executable), *others()], ids=lambda path: path.parent.parent.name)
def test_nothing_of_the_environment_is_run_and_its_folders_count_all_the_same(tmp_path: Path, python: Path) -> None:
    """A `.pth` file may hold code: that of a stolen release of litellm sent the user's secrets away."""
    subprocess.run([python, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    python = tmp_path / "env/bin/python"
    site = Path(ask_interpreter(python, PLAIN).site_packages[0])
    mark, extra = tmp_path / "was-run", tmp_path / "extra"
    extra.mkdir()
    deed = f"open({str(mark)!r}, 'a').write(__name__)"
    for name in ("sitecustomize", "usercustomize", "helper", "json", "sysconfig"):
        (site / f"{name}.py").write_text(f"{deed}\n")
    (site / "first.pth").write_text(f"import helper; {deed}\n{extra}\nimport\t os; {deed}\n")
    found = ask_interpreter(python, PLAIN)
    assert str(extra) in found.search_path
    assert not mark.exists()
    assert not list(site.rglob("*.pyc"))
    subprocess.run([python, "-I", "-c", ""], check=True)
    assert mark.exists(), "these files do run at a usual start"


def test_a_missing_interpreter_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match=r"there is no interpreter at .*nowhere"):
        ask_interpreter(tmp_path / "nowhere", PLAIN)


def test_a_folder_gets_the_hint_where_its_interpreter_lies(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="is a folder") as caught:
        ask_interpreter(tmp_path, PLAIN)
    assert "bin/python" in caught.value.hint


def test_a_file_that_is_not_a_program_cannot_be_run(tmp_path: Path) -> None:
    (tmp_path / "python").write_text("text")
    with pytest.raises(TargetError, match="cannot be run"):
        ask_interpreter(tmp_path / "python", PLAIN)


@pytest.mark.parametrize(
    "body", ["echo garbage", "echo 'doctor:{not json'", "echo 'doctor:[1]'", "exit 3", "kill -9 $$"]
)
def test_garbage_or_a_failing_program_is_not_a_python(tmp_path: Path, body: str) -> None:
    with pytest.raises(TargetError, match="does not answer like a Python 3"):
        ask_interpreter(script(tmp_path / "python", body), PLAIN)


def test_an_answer_that_lacks_a_field_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="does not describe itself"):
        ask_interpreter(script(tmp_path / "python", "echo 'doctor:{}'"), PLAIN)


def test_what_a_failing_program_said_is_the_hint(tmp_path: Path) -> None:
    with pytest.raises(TargetError) as caught:
        ask_interpreter(script(tmp_path / "python", "echo 'pyenv: version not set' >&2; exit 127"), PLAIN)
    assert "pyenv: version not set" in caught.value.hint


def test_a_program_that_writes_without_end_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="writes without end"):
        ask_interpreter(script(tmp_path / "python", "exec yes"), PLAIN)


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended but is not reaped does not."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def test_a_hanging_interpreter_ends_with_everything_that_it_started(tmp_path: Path) -> None:
    hanging = script(tmp_path / "python", f'sleep 60 & echo $! > "{tmp_path}/pid"; wait')
    with pytest.raises(TargetError, match=r"did not answer within 0\.5 s"):
        ask_interpreter(hanging, PLAIN, deadline=0.5)
    pid = int((tmp_path / "pid").read_text())
    for _ in range(100):
        if not alive(pid):
            break
        time.sleep(0.05)
    assert not alive(pid)


def test_an_answer_counts_although_a_background_process_keeps_the_pipe(tmp_path: Path) -> None:
    python = script(tmp_path / "python", f'sleep 5 & exec "{sys.executable}" "$@"')
    assert ask_interpreter(python, PLAIN, deadline=20).prefix == sys.prefix


def test_the_libc_of_the_target_is_that_of_the_platform() -> None:
    found = ask_interpreter(Path(sys.executable), PLAIN)
    platform = value_of(find_platform(Target(interpreter=found, environ=PLAIN)), PLATFORM)
    if sys.platform == "linux":
        assert (platform.libc, bool(platform.libc_version)) in (("glibc", True), ("musl", False))
    assert platform.system == os.uname().sysname


@pytest.mark.parametrize("python", others()[:2], ids=lambda path: path.parent.parent.name)
def test_code_that_puts_a_folder_first_is_followed_and_not_run(python: Path, tmp_path: Path) -> None:
    subprocess.run([python, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    (site_packages,) = tmp_path.glob("env/lib/python3*/site-packages")
    (site_packages / "a.pth").write_text(
        "import sys; sys.path.insert(0, '/first')\n"
        "import site; site.addsitedir('/last')\n"
        "import sys; sys.path.insert(0, __import__('os').getcwd())\n"
        "import sys; open('/nonexistent/written', 'w')\n"
    )
    found = ask_interpreter(tmp_path / "env/bin/python", PLAIN)
    assert found.search_path[0] == "/first" and found.search_path[-1] == "/last"
    assert [(line.first, line.last, line.plain) for line in found.start_code] == [
        (("/first",), (), True),
        ((), ("/last",), True),
        ((), (), False),
    ]
    assert {Path(line.file).resolve() for line in found.start_code} == {site_packages / "a.pth"}


@pytest.mark.parametrize("python", others(), ids=lambda path: path.parent.parent.name)
def test_modules_that_a_build_left_out_are_those_that_it_cannot_import(python: Path) -> None:
    names = ["_bz2", "_ctypes", "_hashlib", "_lzma", "_sqlite3", "_ssl", "zlib"]
    command = f"import importlib.util as u; print(*[name for name in {names!r} if u.find_spec(name) is None])"
    said = subprocess.run([python, "-I", "-c", command], capture_output=True, text=True, check=True).stdout
    assert ask_interpreter(python, PLAIN).missing_modules == tuple(said.split())
