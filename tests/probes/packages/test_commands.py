"""Which interpreter the commands of an environment start, of real environments that were moved and copied."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from doctor.core.interpreter import Interpreter
from doctor.core.packages.distribution import Command
from doctor.probes.interpreter import ask_interpreter
from doctor.probes.packages.commands import find_commands

ANSWER = "import sys\nprint(sys.prefix)\n"


def make(folder: Path) -> Path:
    venv.create(folder, symlinks=True)
    return folder


def command(environment: Path, head: str, name: str = "vllm") -> Path:
    path = environment / "bin" / name
    path.write_text(f"{head}\n{ANSWER}")
    path.chmod(0o755)
    return path


def interpreter_of(environment: Path) -> Interpreter:
    return ask_interpreter(environment / "bin" / "python", {})


def places(environment: Path) -> dict[str, str]:
    return {item.name: item.place for item in find_commands(interpreter_of(environment))}


def by_shell(python: str) -> str:
    """What pip writes where the path is too long for the kernel or holds blanks."""
    return f"#!/bin/sh\n'''exec' {python} \"$0\" \"$@\"\n' '''"


@pytest.mark.parametrize("python", ["python", "python3", f"python3.{sys.version_info[1]}"])
def test_a_command_of_the_environment_itself(tmp_path: Path, python: str):
    env = make(tmp_path / "env")
    if not (env / "bin" / python).exists():
        (env / "bin" / python).symlink_to("python3")
    command(env, f"#!{env}/bin/{python}")
    assert places(env) == {"vllm": "here"}


def test_an_environment_that_was_moved_starts_what_is_not_there(tmp_path: Path):
    env = make(tmp_path / "old")
    command(env, f"#!{env}/bin/python3")
    moved = env.rename(tmp_path / "new")
    expected = Command(name="vllm", path=f"{moved}/bin/vllm", python=f"{tmp_path}/old/bin/python3", place="missing")
    assert [*find_commands(interpreter_of(moved))] == [expected]
    with pytest.raises(FileNotFoundError):
        subprocess.run([moved / "bin" / "vllm"], check=False)


def test_a_copy_starts_the_environment_that_it_was_made_from(tmp_path: Path):
    env = make(tmp_path / "old")
    command(env, f"#!{env}/bin/python3")
    copy = shutil.copytree(env, tmp_path / "copy", symlinks=True)
    assert places(copy) == {"vllm": "elsewhere"}
    started = subprocess.run([copy / "bin" / "vllm"], capture_output=True, text=True, check=True)
    assert started.stdout.strip() == str(env)


def test_an_environment_behind_a_link_is_the_same(tmp_path: Path):
    env = make(tmp_path / "env")
    command(env, f"#!{env}/bin/python3")
    (tmp_path / "current").symlink_to("env")
    assert places(tmp_path / "current") == {"vllm": "here"}


@pytest.mark.parametrize("quote", ['"', ""])
def test_a_path_that_a_shell_starts(tmp_path: Path, quote: str):
    env = make(tmp_path / ("my env" if quote else "env"))
    path = command(env, by_shell(f"{quote}{env}/bin/python3{quote}"))
    assert subprocess.run([path], capture_output=True, text=True, check=True).stdout.strip() == str(env)
    assert places(env) == {"vllm": "here"}
    assert places(env.rename(tmp_path / "moved")) == {"vllm": "missing"}


@pytest.mark.parametrize(
    "head",
    [
        "#!/usr/bin/env python3",
        # uv venv --relocatable
        "#!/bin/sh\n'''exec' \"$(dirname -- \"$(realpath -- \"$0\")\")\"/'python3' \"$0\" \"$@\"\n' '''",
        "#!/bin/bash",
        "",
    ],
)
def test_what_names_no_interpreter_says_nothing(tmp_path: Path, head: str):
    env = make(tmp_path / "env")
    command(env, head)
    assert places(env) == {}


def test_what_is_no_file_says_nothing(tmp_path: Path):
    env = make(tmp_path / "env")
    (env / "bin" / "vllm").mkdir()
    (env / "bin" / "hf").symlink_to("/gone")
    (env / "bin" / "ray").write_bytes(b"\x7fELF" + bytes(100))
    assert places(env) == {}


def test_other_commands_are_nobody_s_business(tmp_path: Path):
    env = make(tmp_path / "env")
    command(env, "#!/gone/bin/python3", "cowsay")
    command(env, "#!/gone/bin/python3", "pip")
    assert places(env) == {"pip": "missing"}


def test_commands_of_an_installation_are_its_own_wherever_they_lie(tmp_path: Path):
    """Debian's python3 is in /usr/bin, and pip puts commands into /usr/local/bin."""
    base = Path(sys._base_executable)  # type: ignore[attr-defined]
    found = ask_interpreter(base, {})
    (tmp_path / "vllm").write_text(f"#!{base}\n")
    (tmp_path / "hf").write_text(f"#!{make(tmp_path / 'env')}/bin/python3\n")
    placed = find_commands(dataclasses.replace(found, scripts=str(tmp_path)))
    assert {item.name: item.place for item in placed} == {"vllm": "here", "hf": "elsewhere"}
