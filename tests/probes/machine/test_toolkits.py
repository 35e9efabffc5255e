from __future__ import annotations

from pathlib import Path

import pytest

from doctor.core.machine.system import TOOLKITS, Toolkit
from doctor.probes.machine.toolkits import find
from tests.probes.machine.probing import target_of, value_of, write


def program(path: Path, body: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def found(root: Path, environ: dict[str, str] | None = None, deadline: float = 5.0) -> tuple[Toolkit, ...]:
    toolkits = value_of(find(target_of(environ), root=root, deadline=deadline), TOOLKITS)
    assert isinstance(toolkits, tuple)
    return toolkits


@pytest.mark.parametrize(
    ("file", "text", "version"),
    [
        (
            "version.json",
            '{"cuda": {"name": "SDK", "version": "12.4.1"}, "nvcc": {"version": "1.0"}}',
            "12.4",
        ),
        ("version.txt", "CUDA Version 11.0.228\n", "11.0"),
        ("include/cuda.h", "/* header */\n#define CUDA_VERSION 13010\n", "13.1"),
    ],
)
def test_the_version_is_read_from_the_files_of_the_toolkit(tmp_path: Path, file: str, text: str, version: str) -> None:
    root = write(tmp_path, {f"usr/local/cuda-x/{file}": text})
    # This nvcc would give another answer: it must not be asked.
    program(tmp_path / "usr/local/cuda-x/bin/nvcc", "echo release 1.0")
    assert [item.version for item in found(root)] == [version]


def test_nvcc_is_asked_where_no_file_states_the_version(tmp_path: Path) -> None:
    program(tmp_path / "tool/bin/nvcc", "echo 'Cuda compilation tools, release 11.5, V11.5.119'")
    (toolkit,) = found(tmp_path, {"PATH": str(tmp_path / "tool/bin")})
    assert toolkit == Toolkit(path=str(tmp_path / "tool"), version="11.5", found_by="PATH")


@pytest.mark.parametrize("body", ["exit 1", "echo nothing", "exec sleep 30"])
def test_an_nvcc_that_fails_or_hangs_leaves_the_version_open(tmp_path: Path, body: str) -> None:
    program(tmp_path / "tool/bin/nvcc", body)
    (toolkit,) = found(tmp_path, {"PATH": str(tmp_path / "tool/bin")}, deadline=0.5)
    assert toolkit.version == ""


def test_one_toolkit_that_is_found_in_several_ways_is_listed_once(tmp_path: Path) -> None:
    write(tmp_path, {"usr/local/cuda-12.4/version.json": '{"cuda": {"version": "12.4.0"}}'})
    program(tmp_path / "usr/local/cuda-12.4/bin/nvcc", "exit 1")
    (tmp_path / "usr/local/cuda").symlink_to("cuda-12.4")
    home = str(tmp_path / "usr/local/cuda")
    (toolkit,) = found(tmp_path, {"CUDA_HOME": home, "PATH": f"{home}/bin"})
    assert toolkit.path == str(tmp_path / "usr/local/cuda-12.4")
    assert toolkit.found_by == "CUDA_HOME, PATH, /usr/local/cuda, /usr/local/cuda-12.4"


def test_a_script_on_path_leads_to_the_toolkit_that_it_starts(tmp_path: Path) -> None:
    write(tmp_path, {"tool/version.txt": "CUDA Version 12.1.0\n"})
    real = program(tmp_path / "tool/bin/nvcc", "exit 1")
    program(tmp_path / "bin/nvcc", f'exec {real} "$@"')
    (toolkit,) = found(tmp_path, {"PATH": str(tmp_path / "bin")})
    assert (toolkit.path, toolkit.version) == (str(tmp_path / "tool"), "12.1")


def test_several_toolkits_are_all_listed(tmp_path: Path) -> None:
    for version in ("11.8", "12.4"):
        write(tmp_path, {f"usr/local/cuda-{version}/version.json": f'{{"cuda": {{"version": "{version}.0"}}}}'})
    assert [item.version for item in found(tmp_path)] == ["11.8", "12.4"]


def test_a_folder_with_nothing_but_driver_libraries_is_no_toolkit(tmp_path: Path) -> None:
    write(tmp_path, {"usr/local/cuda-12.4/compat/libcuda.so.1": ""})
    assert found(tmp_path) == ()


def test_a_machine_without_cuda_has_no_toolkits(tmp_path: Path) -> None:
    assert found(tmp_path, {"CUDA_HOME": str(tmp_path / "gone"), "PATH": ""}) == ()
