"""Shared libraries compiled for a test, and site-packages that hold them."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
from pathlib import Path

from doctor.core.target import Target
from tests.facts import interpreter

HAS_COMPILER = shutil.which("g++") is not None

C10 = """
#include <string>
namespace c10 {
struct SourceLocation { const char* function; const char* file; unsigned line; };
struct Error { Error(SourceLocation, std::string); virtual ~Error(); };
Error::Error(SourceLocation, std::string) {}
Error::~Error() {}
}
"""
TORCH_CPU = "namespace at { int add(int a) { return a + 1; } }"
TORCH_PYTHON = """
extern const char flags[];
const char flags[] = "\\0sm_80 sm_90 compute_90";
const char* list_architectures() { return flags + 1; }
"""
EXTENSION = """
#include <string>
namespace c10 {
struct SourceLocation { const char* function; const char* file; unsigned line; };
struct Error { Error(SourceLocation, std::string); virtual ~Error(); };
}
namespace at { int add(int); }
int use() { c10::Error({"", "", 0}, "text"); return at::add(1); }
"""
GONE = EXTENSION + "namespace at { int gone(int); } int use_gone() { return at::gone(2); }"
WEAK = (
    EXTENSION
    + "namespace at { __attribute__((weak)) int maybe(int); } int w() { return at::maybe ? at::maybe(1) : 0; }"
)

NEW_STRING, OLD_STRING = "-D_GLIBCXX_USE_CXX11_ABI=1", "-D_GLIBCXX_USE_CXX11_ABI=0"
# What the linker does not find is left to the loader, as in a real extension.
LEAVE_UNDEFINED = ("-Wl,--unresolved-symbols=ignore-all", "-Wl,--no-as-needed")


def compile_library(
    path: Path, source: str, *options: str, needs: tuple[str, ...] = (), folder: Path | None = None
) -> Path:
    """Compile C++ into a shared library that needs the libraries `needs` (``c10``) of `folder`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    libraries = [f"-l{name}" for name in needs]
    places = [f"-L{folder}"] if folder else []
    command = ["g++", "-shared", "-fPIC", "-O1", "-x", "c++", "-", "-o", str(path), *LEAVE_UNDEFINED]
    subprocess.run([*command, *options, *places, *libraries], input=source, text=True, check=True, timeout=120)
    return path


def register(site: Path, name: str, version: str, *files: str, metadata: str = "") -> None:
    """Write the dist-info of a distribution with a RECORD of `files`."""
    folder = site / f"{name}-{version}.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{metadata}")
    lines = [f"{file},,\n" for file in files]
    (folder / "RECORD").write_text("".join(lines) + f"{folder.name}/METADATA,,\n")


def make_torch(
    site: Path,
    *,
    option: str = NEW_STRING,
    cuda: str = "None",
    version: str = "2.13.0+cpu",
    list_of_architectures: str = r"\0sm_80 sm_90 compute_90",
) -> Path:
    """Make a torch of three libraries in `site` and return its folder `lib`."""
    torch_python = TORCH_PYTHON.replace(r"\0sm_80 sm_90 compute_90", list_of_architectures)
    lib = site / "torch" / "lib"
    compile_library(lib / "libc10.so", C10, option, "-Wl,-soname,libc10.so")
    compile_library(lib / "libtorch_cpu.so", TORCH_CPU, "-Wl,-soname,libtorch_cpu.so", needs=("c10",), folder=lib)
    compile_library(lib / "libtorch_python.so", torch_python, "-Wl,-soname,libtorch_python.so")
    (site / "torch" / "__init__.py").write_text("raise SystemExit('the patient is never imported')\n")
    lines = ["from typing import Optional", f"__version__ = '{version}'", "debug = False"]
    lines += [f"cuda: Optional[str] = {cuda}", "git_version = 'abc'", "hip: Optional[str] = None"]
    (site / "torch" / "version.py").write_text("\n".join(lines))
    names = ("libc10.so", "libtorch_cpu.so", "libtorch_python.so")
    register(site, "torch", version, *(f"torch/lib/{name}" for name in names))
    return lib


def target_of(site: Path, **environ: str) -> Target:
    """A target whose only site-packages is `site`."""
    found = dataclasses.replace(interpreter(), search_path=(str(site),), site_packages=(str(site),))
    return Target(interpreter=found, environ=environ)
