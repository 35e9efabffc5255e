from __future__ import annotations

from pathlib import Path

from doctor.core.machine.system import COMPILER, Compiler
from doctor.probes.machine.compiler import find
from tests.probes.machine.probing import target_of, value_of, write


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def found(environ: dict[str, str], include: Path) -> Compiler:
    compiler = value_of(find(target_of(environ, include=str(include))), COMPILER)
    assert isinstance(compiler, Compiler)
    return compiler


def test_gcc_is_taken_before_clang(tmp_path: Path) -> None:
    for name in ("clang", "gcc"):
        program(tmp_path / "bin" / name)
    assert found({"PATH": str(tmp_path / "bin")}, tmp_path).cc == str(tmp_path / "bin/gcc")


def test_clang_will_do(tmp_path: Path) -> None:
    program(tmp_path / "bin/clang")
    assert found({"PATH": str(tmp_path / "bin")}, tmp_path).cc == str(tmp_path / "bin/clang")


def test_cc_alone_does_not_help_triton(tmp_path: Path) -> None:
    program(tmp_path / "bin/cc")
    assert found({"PATH": str(tmp_path / "bin")}, tmp_path).cc == ""


def test_a_cc_variable_that_names_nothing_is_not_replaced_by_gcc(tmp_path: Path) -> None:
    program(tmp_path / "bin/gcc")
    compiler = found({"PATH": str(tmp_path / "bin"), "CC": "icc"}, tmp_path)
    assert (compiler.cc, compiler.requested) == ("", "icc")


def test_a_cc_variable_may_be_a_path(tmp_path: Path) -> None:
    cc = program(tmp_path / "opt/mycc")
    assert found({"PATH": "", "CC": str(cc)}, tmp_path).cc == str(cc)


def test_the_header_is_looked_for_in_the_include_folder_of_the_target(tmp_path: Path) -> None:
    assert found({"PATH": ""}, tmp_path).python_header == ""
    write(tmp_path, {"Python.h": ""})
    assert found({"PATH": ""}, tmp_path).python_header == str(tmp_path / "Python.h")
