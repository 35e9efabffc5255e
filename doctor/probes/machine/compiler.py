"""The C compiler and Python headers that Triton needs."""

from __future__ import annotations

from pathlib import Path

from doctor.core.fact import Source, SourceKind
from doctor.core.machine.system import COMPILER, Compiler
from doctor.core.target import Facts, Probe, Target
from doctor.probes.attempt import attempt


def find(target: Target) -> Facts:
    """Find the compiler that Triton would take, and the header that it includes."""
    source = Source(kind=SourceKind.FILE, where=f"CC, PATH, {target.interpreter.include}/Python.h")
    return [attempt(COMPILER, source, lambda: _compiler(target))]


def _compiler(target: Target) -> Compiler:
    """As triton/runtime/build.py does it: CC, else gcc, else clang, on PATH."""
    import shutil  # late: it imports what compresses archives, and this runs in a process beside

    path = target.environ.get("PATH", "")
    requested = target.environ.get("CC", "")
    wanted = [requested] if requested else ["gcc", "clang"]
    found = (shutil.which(name, path=path) for name in wanted)
    header = Path(target.interpreter.include, "Python.h")
    return Compiler(
        cc=next((item for item in found if item), ""),
        python_header=str(header) if header.is_file() else "",
        requested=requested,
    )


COMPILER_PROBE = Probe(name="compiler", keys=(COMPILER,), find=find, group="machine")
