"""What wheels were compiled for, read by the script out of wheels that the tests compile."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from packaging.version import Version

from doctor.matrix.document import read_file
from doctor.matrix.validation import validate_files
from doctor.probes.elf.dynamic import Dynamic
from doctor.probes.elf.elf import ElfFile
from scripts.derivation.build_rows import write_builds
from scripts.derivation.glibc import newest_of, promised, versions_of
from scripts.derivation.torch_labels import parse_table
from tests.probes.elf.builder import HAS_COMPILER, make_torch
from tests.probes.elf.test_elf_fatbin import container, entry, library
from tests.scripts.local_index import LocalIndex, sdist, serve, wheel

ROOT = Path(__file__).resolve().parents[2]
PTX, CUBIN = 1, 2

pytestmark = pytest.mark.skipif(not HAS_COMPILER, reason="compiles libraries with g++")


def run(served: LocalIndex, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ROOT / "scripts" / "derive_builds.py"]
    command += [word for package in ("bitsandbytes", "torch", "vllm") for word in ("--package", package)]
    command += ["--cache", folder / "cache" / "index", "--output", folder / "wheels.toml", *options]
    environ = {**os.environ, "PIP_INDEX_URL": f"{served.address}/simple"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environ)


TABLE = """
PYTORCH_RELEASES_CODE_CC: dict[str, dict[str, set[int]]] = {
    "12.6": {"x86_64": {90, 50}, "aarch64": {80}},
    "13.0": {"x86_64": {75, 120}},
}
"""
FLAT_TABLE = """PYTORCH_RELEASES_CODE_CC: dict[str, set[int]] = {"12.8": {70, 80}}"""


def torch_wheel(folder: Path, cuda: str, targets: str, table: str = "") -> bytes:
    make_torch(folder, cuda=cuda, list_of_architectures=targets)
    names = ("torch/version.py", "torch/lib/libc10.so", "torch/lib/libtorch_python.so")
    files = {name: (folder / name).read_bytes() for name in names}
    return wheel(files | ({"torch/cuda/__init__.py": table.encode()} if table else {}))


def extension(path: Path, *targets: tuple[int, int], text: bytes = b"code") -> bytes:
    """A library with kernels of these kinds and architectures; `text` stands in their code."""
    library(path, container(*(entry(kind, number, text) for kind, number in targets))).close()
    return path.read_bytes()


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheels")
    with serve(LocalIndex()) as served:
        cuda = torch_wheel(folder / "x86", "'12.8'", "std::string ipc_hsm_70 sm_120", TABLE)
        for python in ("cp311", "cp312"):
            served.add(f"torch-2.8.0-{python}-{python}-manylinux_2_28_x86_64.whl", cuda)
        served.add(
            "torch-2.8.0-cp312-cp312-manylinux_2_28_aarch64.whl", torch_wheel(folder / "arm", "None", r"\0sm_80")
        )
        served.add("torch-2.8.0-cp312-cp312-win_amd64.whl", b"no zip")
        served.add("torch-2.9.0rc1-cp312-cp312-manylinux_2_28_x86_64.whl", b"no zip")
        told = b"Cuda compilation tools, release 12.9, V12.9.86"
        main = extension(folder / "main.so", (CUBIN, 90), (CUBIN, 80), (PTX, 80), (PTX, 52), text=told)
        other = extension(folder / "other.so", (CUBIN, 100))
        members = {"vllm/_C.abi3.so": main, "vllm/_flashmla_C.abi3.so": other}
        served.add("vllm-0.12.0-cp38-abi3-manylinux_2_31_x86_64.whl", wheel(members))
        silent = extension(folder / "silent.so", (CUBIN, 70))
        served.add("vllm-0.4.0-cp311-cp311-manylinux1_x86_64.whl", wheel({"vllm/_moe_C.cpython-311.so": silent}))
        served.add("vllm-0.4.0.tar.gz", sdist("vllm-0.4.0", {"setup.py": 'MAIN_CUDA_VERSION = "12.1"\n'}))
        served.add("bitsandbytes-0.50.0-py3-none-manylinux_2_24_x86_64.whl", wheel(bitsandbytes(folder, NEW)))
        served.add("bitsandbytes-0.42.0-py3-none-any.whl", wheel(bitsandbytes(folder, OLD)))
        yield served


OLD, NEW = "def get_native_library():\n    ...\n", "def _find_cuda_libs(prefix, is_hip):\n    ...\n"


def bitsandbytes(folder: Path, source: str) -> dict[str, bytes]:
    """Libraries for two CUDA versions, of the older one two kinds, beside those for CPUs and other GPUs."""
    return {
        "bitsandbytes/libbitsandbytes_cuda118.so": extension(folder / "a.so", (CUBIN, 80)),
        "bitsandbytes/libbitsandbytes_cuda118_nocublaslt.so": extension(folder / "b.so", (CUBIN, 60)),
        "bitsandbytes/libbitsandbytes_cuda121.so": extension(folder / "c.so", (CUBIN, 90), (PTX, 90)),
        "bitsandbytes/libbitsandbytes_cpu.so": b"no library",
        "bitsandbytes/libbitsandbytes_rocm64.so": b"no library",
        "bitsandbytes/cextension.py": source.encode(),
    }


@pytest.fixture(scope="module")
def derived(index, tmp_path_factory):
    folder = tmp_path_factory.mktemp("derived")
    done = run(index, folder)
    assert (done.returncode, done.stderr.count("reading")) == (0, 8), done.stderr
    return folder


def rows(folder: Path) -> dict[tuple[str, str], dict[str, object]]:
    found = read_file(folder / "wheels.toml").tables["wheel"]
    return {(row["package"] + " " + row["version"], row.get("machine", "x86_64")): row for row in found}


def test_torch_states_it_in_its_own_files(derived):
    found = rows(derived)
    cuda, cpu = found["torch 2.8.0", "x86_64"], found["torch 2.8.0", "aarch64"]
    assert (cuda["cuda"], cuda["architectures"], cuda["cxx11_abi"]) == ("12.8", ["sm_70", "sm_120"], True)
    assert cuda["sources"] == ["torch-2.8.0-cp312-cp312-manylinux_2_28_x86_64.whl on PyPI"]
    assert (cpu["cuda"], cpu["architectures"]) == ("", [])


def test_of_extensions_the_code_tells_and_one_for_a_single_generation_does_not_count(derived):
    row = rows(derived)["vllm 0.12.0", "x86_64"]
    assert (row["cuda"], row["architectures"]) == ("12.9", ["sm_80", "sm_90", "compute_80"])


def test_what_the_code_hides_the_sources_of_the_release_state(derived):
    row = rows(derived)["vllm 0.4.0", "x86_64"]
    assert (row["cuda"], row["architectures"]) == ("12.1", ["sm_70"])
    assert row["sources"][1] == "setup.py of vllm 0.4.0"


def test_what_is_written_is_a_file_of_the_matrix(derived):
    assert validate_files([derived / "wheels.toml"]) == 9


def test_torch_tells_of_the_builds_that_are_not_on_the_package_index(derived):
    found = rows(derived)
    row = found["torch 2.8.0+cu126", "x86_64"]
    assert (row["cuda"], row["architectures"], row["basis"]) == ("12.6", ["sm_50", "sm_90"], "declared")
    assert row["sources"] == ["torch/cuda/__init__.py of torch 2.8.0"]
    assert found["torch 2.8.0+cu126", "aarch64"]["architectures"] == ["sm_80"]
    assert ("torch 2.8.0+cu130", "aarch64") not in found


def test_a_table_for_both_processors_at_once_tells_of_none():
    assert parse_table(FLAT_TABLE) == {}


@pytest.mark.parametrize(
    ("tags", "glibc"),
    [
        ("cp38-abi3-manylinux1_x86_64", "2.5"),
        ("cp38-abi3-manylinux2014_aarch64", "2.17"),
        ("cp38-abi3-manylinux_2_31_x86_64", "2.31"),
        ("py3-none-any", None),
    ],
)
def test_the_c_library_that_a_tag_promises(tags: str, glibc: str | None):
    found = promised(tags)
    assert (str(found) if found else None) == glibc


def test_the_c_library_that_a_library_asks_for_is_what_the_reader_of_check_finds(tmp_path):
    make_torch(tmp_path)
    for name in ("libc10.so", "libtorch_python.so"):
        path = tmp_path / "torch" / "lib" / name
        with ElfFile(str(path)) as elf, path.open("rb") as stream:
            assert max(versions_of(stream, name), key=Version, default="") == Dynamic(elf).newest("GLIBC_")[0]
    whole = wheel({"torch/lib/libc10.so": (tmp_path / "torch" / "lib" / "libc10.so").read_bytes(), "a.py": ""})
    assert newest_of(zipfile.ZipFile(io.BytesIO(whole)))


def test_what_is_no_library_is_an_error():
    with pytest.raises(LookupError, match="no ELF library"):
        newest_of(zipfile.ZipFile(io.BytesIO(wheel({"a/b.so": b"text"}))))


def test_a_part_that_asks_for_more_than_the_tag_promises_is_told(derived):
    """The extensions of the tests are made on this machine, whose C library is newer than manylinux1 promises."""
    found = rows(derived)
    assert "glibc" not in found["vllm 0.12.0", "x86_64"]
    assert found["vllm 0.4.0", "x86_64"].get("glibc", "") in ("", *(f"2.{minor}" for minor in range(6, 60)))


def test_bitsandbytes_has_a_library_for_each_cuda(derived):
    old, new = rows(derived)["bitsandbytes 0.42.0", "x86_64"], rows(derived)["bitsandbytes 0.50.0", "x86_64"]
    assert old["libraries"] == {"11.8": ["sm_60", "sm_80"], "12.1": ["sm_90", "compute_90"]}
    assert (old.get("nearest"), new["nearest"]) == (None, True)


def test_a_second_run_asks_nothing_and_check_finds_a_change_by_hand(index, derived):
    index.asked.clear()
    assert run(index, derived, "--check", "--offline").returncode == 0
    assert index.asked == []
    path = derived / "wheels.toml"
    before = path.read_text()
    path.write_text(before.replace("sm_120", "sm_121"))
    done = run(index, derived, "--check", "--offline")
    assert (done.returncode, "not current: wheels.toml" in done.stdout) == (1, True)
    assert "sm_121" in path.read_text()
    path.write_text(before)


def test_a_wheel_of_which_nothing_tells_the_cuda_version_is_an_error(tmp_path):
    with serve(LocalIndex()) as served:
        silent = extension(tmp_path / "silent.so", (CUBIN, 70))
        content = wheel({"vllm/_C.abi3.so": silent})
        served.add("vllm-0.6.0-cp38-abi3-manylinux1_x86_64.whl", content, metadata="Name: vllm\n")
        done = run(served, tmp_path)
    assert (done.returncode, "is not told" in done.stderr) == (2, True), done.stderr
    assert not (tmp_path / "wheels.toml").exists()


def test_nothing_of_the_shipped_file_was_written_by_hand():
    text = (ROOT / "matrices" / "wheels.toml").read_text()
    assert "scripts/derive_builds.py" in text.partition("\n\n")[0]
    found = read_file(ROOT / "matrices" / "wheels.toml").tables["wheel"]
    assert {row["basis"] for row in found} == {"reproduced", "declared"}
    assert json.dumps(found) == json.dumps(sorted(found, key=lambda row: row["package"]))
    assert write_builds([]).startswith(text.partition("\nupdated")[0])
