from __future__ import annotations

from pathlib import Path

from doctor.core.system import LOADER_ENTRIES, LoaderEntry
from doctor.probes.loader import find
from tests.probes.machine import target_of, value_of, write


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
