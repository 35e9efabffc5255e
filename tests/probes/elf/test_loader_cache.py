"""The loader's cache of libraries."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from doctor.probes.elf.library_search import LibrarySearch, cached_libraries
from tests.probes.elf.builder import (
    compile_library,
)


def test_the_loaders_cache_is_read_as_ldconfig_writes_it(tmp_path: Path) -> None:
    ldconfig = shutil.which("ldconfig", path="/sbin:/usr/sbin")
    if ldconfig is None:
        pytest.skip("there is no ldconfig")
    folder = tmp_path / "lib"
    compile_library(folder / "libdeep.so.7", "int deep() { return 1; }", "-Wl,-soname,libdeep.so.7")
    (tmp_path / "conf").write_text(f"{folder}\n")
    cache = tmp_path / "cache"
    subprocess.run([ldconfig, "-X", "-C", cache, "-f", tmp_path / "conf"], check=True, capture_output=True)
    assert cached_libraries(cache, "x86_64")["libdeep.so.7"] == f"{folder}/libdeep.so.7"
    search = LibrarySearch({}, (), "x86_64", cache=cache, defaults=())
    assert search.find("libdeep.so.7", ()) == f"{folder}/libdeep.so.7"


@pytest.mark.parametrize("content", [b"", b"garbage", b"glibc-ld.so.cache1.1" + b"\xff" * 60])
def test_a_damaged_cache_is_an_empty_one(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "cache").write_bytes(content)
    assert cached_libraries(tmp_path / "cache", "x86_64") == {}
