"""What wheels were compiled for, as rows of the matrix: one release and processor each, sorted."""

from __future__ import annotations

import json
from collections.abc import Sequence

from packaging.version import Version

from scripts.derivation.builds import Build

_HEAD = """\
# What the Linux wheels on the package index were compiled for.
# Written by scripts/derive_builds.py from the wheels themselves: torch's version.py, the list in its
# libtorch_python.so and the names in its libc10.so; of the others the headers of the CUDA code in their
# extensions. Where compressed code hides its compiler, the second source states the CUDA version. Targets that
# nvcc adds by itself (52) are left out; without an entry for a processor there is no such wheel. What torch says in
# its own table of its builds on PyTorch's index (+cu126) is declared. bitsandbytes has a library for each CUDA.

schema = 1
updated = "{updated}"
"""


def write_builds(builds: Sequence[Build]) -> str:
    """The file of the matrix; it was last changed on the day on which the newest of the wheels was published."""
    ordered = sorted(builds, key=lambda build: (build.package, Version(build.version), build.machine != "x86_64"))
    updated = max((build.uploaded for build in builds), default="")
    return _HEAD.format(updated=updated) + "".join(_row(build) for build in ordered)


def _row(build: Build) -> str:
    sources = [f"{build.wheel} on PyPI"] if build.wheel else [build.stated]
    if build.wheel and build.stated:
        sources.append(f"{build.stated} of {build.package} {build.version}")
    values: dict[str, object] = {"package": build.package, "version": build.version}
    if build.machine != "x86_64":
        values["machine"] = build.machine
    values["cuda"] = build.cuda
    if build.glibc:
        values["glibc"] = build.glibc
    values["architectures"] = list(build.architectures)
    if build.cxx11_abi is not None:
        values["cxx11_abi"] = build.cxx11_abi
    if build.nearest:
        values["nearest"] = True
    values |= {"basis": "reproduced" if build.wheel else "declared", "sources": sources}
    # Texts, truth values and arrays of texts, which TOML spells as JSON does.
    text = "\n[[wheel]]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())
    if build.libraries:
        text += "[wheel.libraries]\n"
        text += "".join(f'"{cuda}" = {json.dumps(list(targets))}\n' for cuda, targets in build.libraries.items())
    return text
