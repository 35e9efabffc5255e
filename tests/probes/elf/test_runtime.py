"""Which versions of the C++ runtime an extension misses, with runtimes of several versions that are compiled here."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from doctor.core.fact import Absent, Fact, Known, Reason, Unknown
from doctor.core.packages.extension import EXTENSIONS, Extension
from doctor.core.target import Target
from doctor.probes.elf.extensions import find
from doctor.probes.elf.runtime import Runtime
from tests.probes.elf.builder import HAS_COMPILER, compile_library, register, target_of

pytestmark = pytest.mark.skipif(not HAS_COMPILER, reason="compiles libraries with g++")

OLD, NEW = "GLIBCXX_3.4.30", "GLIBCXX_3.4.32"
SOURCE = 'extern "C" { int older() { return 1; } int newer() { return 2; } }'
USER = 'extern "C" { int older(); int newer(); int use() { return older() + newer(); } }'


def runtime(folder: Path, *versions: str) -> Path:
    """Compile a libstdc++.so.6 that defines `versions`."""
    folder.mkdir(parents=True)
    script = folder / "versions"
    names = ["older", "newer"] if len(versions) == 2 else ["older; newer"]
    script.write_text(
        "".join(f"{version} {{ global: {name}; }};\n" for version, name in zip(versions, names, strict=True))
    )
    options = ("-nostdlib", "-Wl,-soname,libstdc++.so.6", f"-Wl,--version-script={script}")
    return compile_library(folder / "libstdc++.so.6", SOURCE, *options)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An extension of torch that was linked with a new runtime, beside that one and an old one."""
    root = tmp_path_factory.mktemp("runtime")
    new = runtime(root / "new", OLD, NEW)
    runtime(root / "old", OLD)
    (root / "bad").mkdir()
    (root / "bad" / "libstdc++.so.6").write_bytes(b"no library")
    options = ("-nostdlib", f"-L{new.parent}", "-l:libstdc++.so.6")
    register(root / "site-packages", "torch", "2.13.0", "torch/_C.abi3.so")
    compile_library(root / "site-packages" / "torch" / "_C.abi3.so", USER, *options)
    return root


def missing(built: Path, *, conda: str = "", defaults: str = "", **environ: str) -> Fact[tuple[str, ...]]:
    target = target_of(built / "site-packages", **environ)
    interpreter = dataclasses.replace(target.interpreter, conda_prefix=conda)
    return of(dataclasses.replace(target, interpreter=interpreter), built / "no-cache", defaults)


def of(target: Target, cache: Path, defaults: str) -> Fact[tuple[str, ...]]:
    facts: dict[str, Any] = {key.name: fact for key, fact in find(target, cache=cache, defaults=(defaults,))}
    [extension] = facts[EXTENSIONS.name].value
    assert isinstance(extension, Known) and isinstance(extension.value, Extension)
    return extension.value.missing_versions


def test_the_system_has_an_older_one(built: Path):
    found = missing(built, defaults=str(built / "old"))
    assert isinstance(found, Known) and found.value == (NEW,)
    assert found.source.where == str(built / "old" / "libstdc++.so.6")


def test_the_loader_says_the_same(built: Path):
    library = built / "site-packages" / "torch" / "_C.abi3.so"
    program = f"import ctypes; ctypes.CDLL({str(library)!r})"
    for folder, works in ((built / "new", True), (built / "old", False)):
        said = subprocess.run(
            [sys.executable, "-c", program],
            env={"LD_LIBRARY_PATH": str(folder)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (said.returncode == 0) is works, said.stderr
        assert works or f"version `{NEW}' not found" in said.stderr
        found = missing(built, LD_LIBRARY_PATH=str(folder))
        assert isinstance(found, Known) and (found.value == ()) is works


def test_a_preloaded_one_is_there_before_all_others(built: Path):
    found = missing(built, LD_PRELOAD=str(built / "new" / "libstdc++.so.6"), LD_LIBRARY_PATH=str(built / "old"))
    assert isinstance(found, Known) and found.value == ()


def test_what_conda_or_the_loader_has_is_not_called_missing(built: Path, tmp_path: Path):
    (tmp_path / "lib").symlink_to(built / "new")
    found = missing(built, conda=str(tmp_path), LD_LIBRARY_PATH=str(built / "old"))
    assert isinstance(found, Known) and found.value == ()
    found = missing(built, conda="/nowhere", LD_LIBRARY_PATH=str(built / "old"))
    assert isinstance(found, Known) and found.value == (NEW,)


def test_a_runtime_that_cannot_be_read_is_unknown(built: Path):
    found = missing(built, defaults=str(built / "bad"))
    assert isinstance(found, Unknown) and found.reason is Reason.MALFORMED


def test_without_any_it_is_a_library_that_is_missing(built: Path):
    lacks = Runtime(target_of(built / "site-packages")).lacks
    assert isinstance(lacks([NEW], lambda _: ""), Absent)
    assert isinstance(lacks([], lambda _: str(built / "old" / "libstdc++.so.6")), Absent)
