"""The probe of extensions, over site-packages with libraries that are compiled here."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doctor.core.fact import Absent, Fact, Known, Reason, Unknown
from doctor.core.packages.extension import BROKEN_LIBRARIES, EXTENSIONS, TORCH_BUILD, BrokenLibrary, Extension
from doctor.probes.elf.extensions import find
from tests.probes.elf.builder import (
    C10,
    EXTENSION,
    GONE,
    HAS_COMPILER,
    NEW_STRING,
    OLD_STRING,
    WEAK,
    compile_library,
    make_torch,
    register,
    target_of,
)

pytestmark = pytest.mark.skipif(not HAS_COMPILER, reason="compiles libraries with g++")

TORCH = ("c10", "torch_cpu")
FILE = "ext/_C.abi3.so"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A torch and an extension that fits it; copied by what changes it."""
    site = tmp_path_factory.mktemp("sound") / "site-packages"
    add_extension(site, make_torch(site), EXTENSION)
    return site


@pytest.fixture
def site(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "site-packages"))


def add_extension(
    site: Path, lib: Path, source: str, *options: str, name: str = "ext", needs: tuple[str, ...] = TORCH
) -> None:
    compile_library(site / name / "_C.abi3.so", source, *options, needs=needs, folder=lib)
    register(site, name, "1.0", f"{name}/_C.abi3.so")


def facts(site: Path, **environ: str) -> dict[str, Fact[Any]]:
    return {key.name: fact for key, fact in find(target_of(site, **environ))}


def extension_of(site: Path, distribution: str = "ext", **environ: str) -> Extension:
    found = facts(site, **environ)[EXTENSIONS.name]
    assert isinstance(found, Known)
    values = [fact.value for fact in found.value if isinstance(fact, Known)]
    return next(value for value in values if value.distribution == distribution)


def value_of(fact: Fact[Any]) -> Any:
    assert isinstance(fact, Known), fact
    return fact.value


def broken_in(site: Path) -> tuple[BrokenLibrary, ...]:
    found: tuple[BrokenLibrary, ...] = value_of(facts(site)[BROKEN_LIBRARIES.name])
    return found


def test_a_sound_extension_lacks_nothing(sound: Path) -> None:
    extension = extension_of(sound)
    assert extension.path == str(sound / FILE)
    assert extension.links_torch
    assert value_of(extension.missing_symbols) == ()
    assert extension.missing_libraries == ()
    assert value_of(extension.cxx11_abi) is True
    assert isinstance(extension.architectures, Absent)
    assert extension.glibc
    assert broken_in(sound) == ()


def test_a_symbol_that_torch_does_not_define_is_named(site: Path) -> None:
    add_extension(site, site / "torch/lib", GONE, name="gone")
    extension = extension_of(site, "gone")
    assert value_of(extension.missing_symbols) == ("at::gone [_ZN2at4goneEi]",)
    assert extension.missing_count == 1


def test_a_weak_symbol_may_stay_undefined(site: Path) -> None:
    add_extension(site, site / "torch/lib", WEAK, name="weak")
    assert value_of(extension_of(site, "weak").missing_symbols) == ()


@pytest.mark.parametrize("style", ["sysv", "gnu"])
def test_both_kinds_of_hash_tables_are_searched(tmp_path: Path, style: str) -> None:
    site = tmp_path / "site-packages"
    lib = make_torch(site)
    compile_library(lib / "libc10.so", C10, "-Wl,-soname,libc10.so", f"-Wl,--hash-style={style}")
    add_extension(site, lib, GONE)
    assert extension_of(site).missing_count == 1


@pytest.mark.parametrize(("ours", "theirs"), [(OLD_STRING, NEW_STRING), (NEW_STRING, OLD_STRING)])
def test_an_extension_of_the_other_cxx_abi_is_told_from_torch(tmp_path: Path, ours: str, theirs: str) -> None:
    site = tmp_path / "site-packages"
    add_extension(site, make_torch(site, option=theirs), EXTENSION, ours)
    extension, build = extension_of(site), value_of(facts(site)[TORCH_BUILD.name])
    assert value_of(extension.cxx11_abi) is (ours == NEW_STRING)
    assert value_of(build.cxx11_abi) is (theirs == NEW_STRING)
    assert "c10::Error::Error" in value_of(extension.missing_symbols)[0]


def test_a_symbol_that_a_library_beside_defines_is_not_missing(site: Path) -> None:
    beside = compile_library(site / "gone" / "libgone.so", "namespace at { int gone(int a) { return a; } }")
    compile_library(site / "gone" / "_C.abi3.so", GONE, needs=TORCH, folder=site / "torch/lib")
    register(site, "gone", "1.0", "gone/_C.abi3.so", f"gone/{beside.name}")
    assert value_of(extension_of(site, "gone").missing_symbols) == ()


def test_a_library_is_found_where_the_extension_itself_says(site: Path) -> None:
    elsewhere = compile_library(site / "other" / "deep" / "libdeep.so", "int deep() { return 1; }")
    options = ("-Wl,-rpath,$ORIGIN/../other/deep", "-Wl,--enable-new-dtags", f"-L{elsewhere.parent}", "-ldeep")
    add_extension(site, site / "torch/lib", EXTENSION, *options, name="deep")
    assert extension_of(site, "deep").missing_libraries == ()
    elsewhere.unlink()
    assert extension_of(site, "deep").missing_libraries == ("libdeep.so",)


def test_a_library_is_found_on_ld_library_path(site: Path, tmp_path: Path) -> None:
    elsewhere = compile_library(tmp_path / "elsewhere" / "libdeep.so", "int deep() { return 1; }")
    add_extension(site, site / "torch/lib", EXTENSION, f"-L{elsewhere.parent}", "-ldeep", name="deep")
    assert extension_of(site, "deep").missing_libraries == ("libdeep.so",)
    assert extension_of(site, "deep", LD_LIBRARY_PATH=f"/nowhere:{elsewhere.parent}").missing_libraries == ()


@pytest.mark.parametrize(("cuda", "missing"), [("'13.0'", ()), ("None", ("libcudart.so.13",))])
def test_libraries_of_nvidia_wheels_count_where_torch_loads_them(
    tmp_path: Path, cuda: str, missing: tuple[str, ...]
) -> None:
    site = tmp_path / "site-packages"
    lib = make_torch(site, cuda=cuda)
    wheel = site / "nvidia" / "cu13" / "lib"
    runtime = compile_library(wheel / "libcudart.so.13", "int cudaFree() { return 0; }", "-Wl,-soname,libcudart.so.13")
    options = (str(runtime),)
    compile_library(site / FILE, EXTENSION, "-x", "none", *options, needs=TORCH, folder=lib)
    register(site, "ext", "1.0", FILE)
    found = {key.name: fact for key, fact in find(target_of(site), cache=tmp_path / "none", defaults=())}
    extension = next(item.value for item in value_of(found[EXTENSIONS.name]) if item.value.distribution == "ext")
    assert tuple(name for name in extension.missing_libraries if "cudart" in name) == missing


def test_a_missing_library_of_torch_makes_symbols_unknown_and_not_missing(site: Path) -> None:
    (site / "torch/lib/libc10.so").unlink()
    extension = extension_of(site)
    assert isinstance(extension.missing_symbols, Unknown)
    assert "libc10.so is not there" in extension.missing_symbols.detail
    assert extension.missing_libraries == ("libc10.so",)


def test_a_cut_library_of_torch_is_reported_once_and_not_searched(site: Path) -> None:
    path = site / "torch/lib/libtorch_cpu.so"
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[: len(content) // 2])
    (broken,) = broken_in(site)
    assert (broken.distribution, broken.path, broken.loadable) == ("torch", str(path), False)
    extension = extension_of(site)
    assert isinstance(extension.missing_symbols, Unknown)
    assert "libtorch_cpu.so" in extension.missing_symbols.detail


def test_a_cut_extension_is_broken_and_its_fact_unknown(site: Path) -> None:
    path = site / FILE
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[:3000])
    found = facts(site)
    assert [item.path for item in value_of(found[BROKEN_LIBRARIES.name])] == [str(path)]
    torch_only = [fact for fact in value_of(found[EXTENSIONS.name]) if isinstance(fact, Known)]
    assert all(fact.value.distribution == "torch" for fact in torch_only)


@pytest.mark.parametrize("name", ["vllm", "xformers"])
def test_a_cut_extension_of_the_stack_is_an_unknown_extension(site: Path, name: str) -> None:
    path = site / name / "_C.abi3.so"
    path.parent.mkdir()
    path.write_bytes((site / FILE).read_bytes()[:3000])
    register(site, name, "1.0", f"{name}/_C.abi3.so")
    unknown = [fact for fact in value_of(facts(site)[EXTENSIONS.name]) if isinstance(fact, Unknown)]
    assert [fact.reason for fact in unknown] == [Reason.MALFORMED]
    assert str(path) in unknown[0].detail


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["ext/_C.abi3.so", "torch/lib/libc10.so", "torch/lib/libtorch_cpu.so"]), st.data())
def test_whatever_is_damaged_every_fact_is_stated(site: Path, sound: Path, file: str, data: st.DataObject) -> None:
    """Cut or overwritten, a library costs the facts that rest on it and nothing else."""
    content = bytearray((sound / file).read_bytes())
    for _ in range(data.draw(st.integers(0, 8))):
        content[data.draw(st.integers(0, 4096))] = data.draw(st.integers(0, 255))
    length = data.draw(st.one_of(st.just(len(content)), st.integers(0, len(content))))
    # After the last draw: hypothesis may end the test in one, and the file would be gone for the next.
    path = site / file
    path.unlink()
    path.write_bytes(content[:length])
    try:
        found = facts(site)
    finally:
        path.write_bytes((sound / file).read_bytes())
    assert set(found) == {TORCH_BUILD.name, EXTENSIONS.name, BROKEN_LIBRARIES.name}
    broken = {item.path for item in value_of(found[BROKEN_LIBRARIES.name])}
    if str(path) in broken and file.startswith("torch/lib"):
        extensions = [fact.value for fact in value_of(found[EXTENSIONS.name]) if isinstance(fact, Known)]
        ours = [item for item in extensions if item.distribution == "ext"]
        # Not healthy by mistake: either the cut part is one that no loader reads, or nothing is claimed.
        whole = all(item.loadable for item in value_of(found[BROKEN_LIBRARIES.name]))
        assert whole or all(isinstance(item.missing_symbols, Unknown) for item in ours)


def test_an_empty_library_of_any_distribution_is_broken(site: Path) -> None:
    (site / "other").mkdir()
    (site / "other" / "fast.so").write_bytes(b"")
    register(site, "other", "1.0", "other/fast.so")
    (broken,) = broken_in(site)
    assert (broken.distribution, broken.damage) == ("other", "it is empty")


def test_a_library_that_a_record_names_and_that_is_gone_is_not_this_probes_finding(site: Path) -> None:
    (site / FILE).unlink()
    assert broken_in(site) == ()


def test_distributions_that_have_nothing_to_do_with_torch_are_not_listed(site: Path) -> None:
    compile_library(site / "plain" / "fast.so", "int f() { return 1; }")
    register(site, "plain", "1.0", "plain/fast.so")
    found = value_of(facts(site)[EXTENSIONS.name])
    assert {fact.value.distribution for fact in found} == {"torch", "ext"}


def test_an_editable_install_is_found_in_its_source(site: Path, tmp_path: Path) -> None:
    source = tmp_path / "checkout"
    compile_library(source / "src" / "mine" / "_C.abi3.so", GONE, needs=TORCH, folder=site / "torch/lib")
    register(site, "mine", "1.0", "__editable__.mine-1.0.pth")
    address = {"url": source.as_uri(), "dir_info": {"editable": True}}
    (site / "mine-1.0.dist-info" / "direct_url.json").write_text(json.dumps(address))
    assert extension_of(site, "mine").missing_count == 1


def test_a_torch_without_metadata_is_read_like_any_other(site: Path) -> None:
    shutil.rmtree(site / "torch-2.13.0+cpu.dist-info")
    assert value_of(extension_of(site).missing_symbols) == ()


def test_without_torch_there_is_nothing_to_look_symbols_up_in(site: Path) -> None:
    shutil.rmtree(site / "torch")
    shutil.rmtree(site / "torch-2.13.0+cpu.dist-info")
    found = facts(site)
    assert isinstance(found[TORCH_BUILD.name], Absent)
    extension = extension_of(site)
    assert isinstance(extension.missing_symbols, Absent)
    assert set(extension.missing_libraries) == {"libc10.so", "libtorch_cpu.so"}


def test_a_site_packages_that_cannot_be_listed_is_not_one_without_torch(tmp_path: Path) -> None:
    (tmp_path / "site-packages").symlink_to("site-packages")
    found = facts(tmp_path / "site-packages")
    assert set(found) == {TORCH_BUILD.name, EXTENSIONS.name, BROKEN_LIBRARIES.name}
    for fact in found.values():
        assert isinstance(fact, Unknown) and "cannot be listed" in fact.detail


@pytest.mark.parametrize(
    "name", [FILE, "ext-1.0.dist-info/RECORD", "torch-2.13.0+cpu.dist-info/RECORD", "torch/version.py"]
)
def test_a_pipe_in_place_of_a_file_holds_nobody(site: Path, name: str) -> None:
    """Nobody writes to it: an open of it, or a read, would wait forever."""
    (site / name).unlink()
    os.mkfifo(site / name)
    found = facts(site)
    if name == FILE:
        assert "not a regular file" in found[BROKEN_LIBRARIES.name].value[0].damage
    if name == "torch/version.py":
        build = found[TORCH_BUILD.name]
        assert isinstance(build, Unknown) and "not a regular file" in build.detail
