from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from doctor.core.machine.system import LOADER_ENTRIES, LoaderEntry
from doctor.probes.elf.loader import find
from tests.probes.machine.probing import target_of, value_of, write


def found(root: Path, environ: dict[str, str], **changes: str) -> tuple[LoaderEntry, ...]:
    target = target_of(environ, site_packages=(str(root / "site"),), **changes)
    entries = value_of(find(target), LOADER_ENTRIES)
    assert isinstance(entries, tuple)
    return entries


def machine(root: Path) -> Path:
    write(
        root,
        {
            "site/nvidia/nvjitlink/lib/libnvJitLink.so.12": "wheel",
            "site/nvidia/cudnn/lib/libcudnn.so.9": "wheel",
            "site/torch/lib/libc10.so": "wheel",
            "cuda/lib64/libnvJitLink.so.12.1.105": "toolkit",
            "cuda/lib64/libcudart.so.11.0": "toolkit",
            "cuda/lib64/libz.so.1": "toolkit",
        },
    )
    (root / "cuda/lib64/libnvJitLink.so.12").symlink_to("libnvJitLink.so.12.1.105")
    return root


def test_a_library_of_the_same_name_hides_that_of_the_wheel(tmp_path: Path) -> None:
    folder = str(machine(tmp_path) / "cuda/lib64")
    assert found(tmp_path, {"LD_LIBRARY_PATH": f"/missing:{folder}:"}) == (
        LoaderEntry(
            variable="LD_LIBRARY_PATH",
            entry=folder,
            library=f"{folder}/libnvJitLink.so.12",
            hides=str(tmp_path / "site/nvidia/nvjitlink/lib/libnvJitLink.so.12"),
            version="12.1.105",
        ),
    )


def test_the_environments_own_folder_on_the_path_hides_nothing(tmp_path: Path) -> None:
    own = machine(tmp_path) / "site/nvidia/nvjitlink/lib"
    foreign = tmp_path / "cuda/lib64"
    assert found(tmp_path, {"LD_LIBRARY_PATH": f"{own}:{foreign}"}) == ()


def test_the_first_entry_wins(tmp_path: Path) -> None:
    write(machine(tmp_path), {"other/libnvJitLink.so.12": "other"})
    entries = found(tmp_path, {"LD_LIBRARY_PATH": f"{tmp_path}/other:{tmp_path}/cuda/lib64"})
    assert [item.entry for item in entries] == [f"{tmp_path}/other"]


def test_a_link_to_the_wheels_file_hides_nothing(tmp_path: Path) -> None:
    machine(tmp_path)
    (tmp_path / "links").mkdir()
    (tmp_path / "links/libc10.so").symlink_to(tmp_path / "site/torch/lib/libc10.so")
    assert found(tmp_path, {"LD_LIBRARY_PATH": f"{tmp_path}/links"}) == ()


def test_a_preloaded_library_comes_before_the_library_path(tmp_path: Path) -> None:
    write(machine(tmp_path), {"pre/libcudnn.so.9": "pre", "lib/libcudnn.so.9": "path"})
    environ = {"LD_PRELOAD": f"{tmp_path}/pre/libcudnn.so.9", "LD_LIBRARY_PATH": f"{tmp_path}/lib"}
    assert [item.variable for item in found(tmp_path, environ)] == ["LD_PRELOAD"]


def test_a_preloaded_allocator_is_not_a_matter_of_cuda(tmp_path: Path) -> None:
    write(machine(tmp_path), {"pre/libtcmalloc_minimal.so.4": ""})
    assert found(tmp_path, {"LD_PRELOAD": f"{tmp_path}/pre/libtcmalloc_minimal.so.4"}) == ()


def test_conda_brings_a_cpp_runtime_of_its_own(tmp_path: Path) -> None:
    write(tmp_path, {"conda/lib/libstdc++.so.6": "conda", "usr/lib/libstdc++.so.6": "system"})
    environ = {"LD_LIBRARY_PATH": f"{tmp_path}/usr/lib"}
    assert found(tmp_path, environ) == ()
    (entry,) = found(tmp_path, environ, conda_prefix=str(tmp_path / "conda"))
    assert entry.hides == str(tmp_path / "conda/lib/libstdc++.so.6")


def test_no_variables_mean_no_entries(tmp_path: Path) -> None:
    assert found(machine(tmp_path), {}) == ()


def compiled(path: Path, *options: str, source_text: str = "int nothing(void) { return 0; }") -> Path:
    """A shared library that needs what `options` link it with."""
    path.parent.mkdir(parents=True, exist_ok=True)
    source = path.with_suffix(".c")
    source.write_text(source_text + "\n")
    subprocess.run(
        ["gcc", "-shared", "-fPIC", "-Wl,--no-as-needed", f"-Wl,-soname,{path.name}", "-o", path, source, *options],
        check=True,
    )
    return path


def loaded(library: Path, name: str, folder: Path) -> str:
    """The path of the library `name` that a process has loaded after it loaded `library`."""
    look = (
        f"import ctypes; ctypes.CDLL({str(library)!r})\n"
        f"print(next(line.split()[-1] for line in open('/proc/self/maps') if {name!r} in line))"
    )
    environ = {**os.environ, "LD_LIBRARY_PATH": str(folder)}
    done = subprocess.run([sys.executable, "-c", look], env=environ, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.skipif(not shutil.which("gcc") or sys.platform != "linux", reason="needs gcc and the loader of Linux")
@pytest.mark.parametrize(("tags", "hidden"), [("--disable-new-dtags", False), ("--enable-new-dtags", True)])
def test_an_rpath_of_torch_keeps_its_libraries_and_a_runpath_does_not(tmp_path: Path, tags: str, hidden: bool) -> None:
    """What the probe says is what the real loader does."""
    own = compiled(tmp_path / "site/nvidia/cublas/lib/libcublas.so.12")
    path = "-Wl,-rpath,$ORIGIN/../../nvidia/cublas/lib"
    torch = compiled(tmp_path / "site/torch/lib/libtorch_cuda.so", str(own), f"-Wl,{tags}", path)
    foreign = compiled(tmp_path / "cuda/lib64/libcublas.so.12")
    entries = found(tmp_path, {"LD_LIBRARY_PATH": str(foreign.parent)})
    assert [item.library for item in entries] == ([str(foreign)] if hidden else [])
    assert loaded(torch, "libcublas.so.12", foreign.parent) == os.path.realpath(foreign if hidden else own)


@pytest.mark.skipif(not shutil.which("gcc"), reason="needs gcc")
def test_a_library_that_torch_does_not_need_itself_is_hidden_in_spite_of_its_rpath(tmp_path: Path) -> None:
    jitlink = compiled(tmp_path / "site/nvidia/nvjitlink/lib/libnvJitLink.so.12")
    cusparse = compiled(
        tmp_path / "site/nvidia/cusparse/lib/libcusparse.so.12",
        str(jitlink),
        "-Wl,--enable-new-dtags,-rpath,$ORIGIN/../../nvjitlink/lib",
    )
    torch = compiled(
        tmp_path / "site/torch/lib/libtorch_cuda.so",
        str(cusparse),
        "-Wl,--disable-new-dtags,-rpath,$ORIGIN/../../nvidia/cusparse/lib:$ORIGIN/../../nvidia/nvjitlink/lib",
    )
    foreign = compiled(tmp_path / "cuda/lib64/libnvJitLink.so.12")
    (entry,) = found(tmp_path, {"LD_LIBRARY_PATH": str(foreign.parent)})
    assert entry.library == str(foreign)
    if sys.platform == "linux":
        assert loaded(torch, "libnvJitLink", foreign.parent) == os.path.realpath(foreign)


@pytest.mark.skipif(not shutil.which("gcc"), reason="needs gcc")
@pytest.mark.parametrize("complete", [True, False])
def test_symbols_that_only_the_hidden_library_has_are_named(tmp_path: Path, complete: bool) -> None:
    old = "int __nvJitLinkAddData_12_1(void) { return 1; }"
    new = old + " int __nvJitLinkComplete_12_4(void) { return 4; } int __nvJitLinkUnused_12_4(void) { return 0; }"
    jitlink = compiled(tmp_path / "site/nvidia/nvjitlink/lib/libnvJitLink.so.12", source_text=new)
    user = (
        "int __nvJitLinkAddData_12_1(void); int __nvJitLinkComplete_12_4(void);"
        "int use(void) { return __nvJitLinkAddData_12_1() + __nvJitLinkComplete_12_4(); }"
    )
    compiled(tmp_path / "site/nvidia/cusparse/lib/libcusparse.so.12", str(jitlink), source_text=user)
    foreign = compiled(tmp_path / "cuda/lib64/libnvJitLink.so.12", source_text=new if complete else old)
    (entry,) = found(tmp_path, {"LD_LIBRARY_PATH": str(foreign.parent)})
    assert entry.missing_symbols == (() if complete else ("__nvJitLinkComplete_12_4",))


@pytest.mark.skipif(not shutil.which("gcc"), reason="needs gcc")
def test_a_preloaded_library_comes_before_every_rpath(tmp_path: Path) -> None:
    own = compiled(tmp_path / "site/nvidia/cublas/lib/libcublas.so.12")
    path = "-Wl,--disable-new-dtags,-rpath,$ORIGIN/../../nvidia/cublas/lib"
    compiled(tmp_path / "site/torch/lib/libtorch_cuda.so", str(own), path)
    foreign = compiled(tmp_path / "cuda/lib64/libcublas.so.12")
    (entry,) = found(tmp_path, {"LD_PRELOAD": str(foreign)})
    assert entry.variable == "LD_PRELOAD"
