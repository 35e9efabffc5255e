from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from doctor.core.fact import Absent, Known, Unknown
from doctor.core.fleet.node import COMMUNICATION_LIBRARY, CommunicationLibrary
from doctor.probes.elf.communication import find
from tests.probes.elf.builder import HAS_COMPILER, compile_library
from tests.probes.machine.probing import fact_of, target_of, value_of

pytestmark = pytest.mark.skipif(not HAS_COMPILER, reason="there is no g++ here")

SITE = "nvidia/nccl/lib/libnccl.so.2"


def nccl(version: str) -> str:
    return f'extern const char banner[]; const char banner[] = "\\0NCCL version {version}+cuda12.9";'


RPATH, RUNPATH, STATIC = "rpath", "runpath", "static"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The libraries: two NCCLs, and torch's own library as it is linked to one of them, or not."""
    folder = tmp_path_factory.mktemp("libraries")
    compile_library(folder / "libnccl.so.2", nccl("2.28.9"), "-Wl,-soname,libnccl.so.2")
    compile_library(folder / "other.so", nccl("2.26.2"))
    path, needs = "-Wl,-rpath,$ORIGIN/../../nvidia/nccl/lib", (":libnccl.so.2",)
    torch = "int cuda() { return 1; }"
    compile_library(folder / RPATH, torch, "-Wl,--disable-new-dtags", path, needs=needs, folder=folder)
    compile_library(folder / RUNPATH, torch, "-Wl,--enable-new-dtags", path, needs=needs, folder=folder)
    compile_library(folder / STATIC, torch)
    return folder


def put(library: Path, place: Path) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(library, place)
    return place


def environment(root: Path, built: Path, linked: str) -> Path:
    """A torch for CUDA beside the NCCL of NVIDIA's wheel."""
    site = root / "site"
    put(built / "libnccl.so.2", site / SITE)
    put(built / linked, site / "torch/lib/libtorch_cuda.so")
    (site / "torch/version.py").write_text("__version__ = '2.9.0'\n")
    return site


@pytest.fixture
def site(tmp_path: Path, built: Path) -> Path:
    """One that is linked as torch's wheels are."""
    return environment(tmp_path, built, RPATH)


@pytest.fixture
def other(built: Path, tmp_path: Path) -> Path:
    """Another NCCL, somewhere else."""
    return put(built / "other.so", tmp_path / "other/libnccl.so.2")


def look(site: Path, environ: dict[str, str] | None = None):
    target = target_of(environ, search_path=(str(site),), site_packages=(str(site),))
    return find(target, cache=site / "no-cache", defaults=(str(site.parent / "usr/lib"),))


def found(site: Path, environ: dict[str, str] | None = None) -> CommunicationLibrary:
    value = value_of(look(site, environ), COMMUNICATION_LIBRARY)
    assert isinstance(value, CommunicationLibrary)
    return value


def test_the_wheels_own_with_its_version_and_hash(site: Path):
    library = found(site)
    assert (library.path, library.found_by) == (str(site / SITE), "rpath")
    assert isinstance(library.version, Known)
    assert library.version.value == "2.28.9+cuda12.9"
    assert isinstance(library.sha256, Known)
    assert library.sha256.value == hashlib.sha256((site / SITE).read_bytes()).hexdigest()
    assert library.size == (site / SITE).stat().st_size


def test_an_rpath_comes_before_the_library_path(site: Path, other: Path):
    assert found(site, {"LD_LIBRARY_PATH": str(other.parent)}).found_by == "rpath"


def test_a_runpath_comes_after_it(tmp_path: Path, built: Path, other: Path):
    site = environment(tmp_path, built, RUNPATH)
    assert found(site).found_by == "rpath"
    library = found(site, {"LD_LIBRARY_PATH": f"/missing:{other.parent}"})
    assert (library.path, library.found_by) == (str(other), "LD_LIBRARY_PATH")
    assert isinstance(library.version, Known)
    assert library.version.value == "2.26.2+cuda12.9"


def test_a_preloaded_one_comes_before_both(site: Path, other: Path):
    assert found(site, {"LD_PRELOAD": str(other)}).found_by == "LD_PRELOAD"


def test_vllm_takes_the_one_that_is_named_to_it(site: Path, other: Path):
    assert found(site, {"VLLM_NCCL_SO_PATH": str(other), "LD_PRELOAD": str(other)}).found_by == "VLLM_NCCL_SO_PATH"


def test_a_named_one_that_is_not_there_is_unknown(site: Path):
    assert isinstance(fact_of(look(site, {"VLLM_NCCL_SO_PATH": "/missing.so"}), COMMUNICATION_LIBRARY), Unknown)


def test_a_torch_that_holds_its_own_leaves_vllm_to_the_system(tmp_path: Path, built: Path):
    site = environment(tmp_path, built, STATIC)
    assert isinstance(fact_of(look(site), COMMUNICATION_LIBRARY), Absent)
    path = put(built / "other.so", tmp_path / "usr/lib/libnccl.so.2")
    library = found(site)
    assert (library.path, library.found_by) == (str(path), "system")


def test_a_library_without_a_version_is_still_hashed(site: Path, built: Path):
    put(built / STATIC, site / SITE)
    library = found(site)
    assert isinstance(library.version, Absent)
    assert isinstance(library.sha256, Known)


def test_a_torch_for_the_cpu_loads_none(site: Path):
    (site / "torch/lib/libtorch_cuda.so").unlink()
    assert isinstance(fact_of(look(site), COMMUNICATION_LIBRARY), Absent)


def test_a_torch_that_is_cut_short_is_unknown(site: Path):
    (site / "torch/lib/libtorch_cuda.so").write_bytes(b"\x7fELF")
    assert isinstance(fact_of(look(site), COMMUNICATION_LIBRARY), Unknown)
