"""What the matrix knows of the torch that is stated, in place of what a text leaves out.

A text that lists ``torch 2.7.1`` does not state what that was built for, and one that lists
``vllm 0.10.0`` may not even name its torch; but the wheels of both are known. Only what is *not
stated* is filled in: where something was looked at and could not be read, the installed files
need not be those of the release.
"""

from __future__ import annotations

import dataclasses

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version

from doctor.core.fact import Fact, Known, Source, SourceKind, Unknown, not_told
from doctor.core.interpreter import INTERPRETER, PLATFORM
from doctor.core.matrix import Matrix, WheelBuild
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.extension import TORCH_BUILD, TorchBuild
from doctor.core.packages.stack import vllm_of
from doctor.core.snapshot import Snapshot

READ = (DISTRIBUTIONS, INTERPRETER, PLATFORM, TORCH_BUILD)
"""The facts that the build of torch is completed from."""


def complete(snapshot: Snapshot, matrix: Matrix) -> Snapshot:
    """Return the snapshot with what the matrix knows of the torch that it states."""
    build = _torch_build(snapshot, matrix)
    return snapshot if build is None else snapshot.replace(TORCH_BUILD, build)


def _torch_build(snapshot: Snapshot, matrix: Matrix) -> Fact[TorchBuild] | None:
    """The build of the torch that is stated or that the stated vLLM pins; None where nothing is to be added."""
    fact = snapshot.get(TORCH_BUILD)
    if isinstance(fact, Known):
        row = _row(matrix, snapshot, fact.value.version)
        return Known(value=_with_row(fact.value, row), source=fact.source) if row else None
    if not not_told(fact):
        return None
    assert isinstance(fact, Unknown)
    version = _torch_version(snapshot, matrix)
    row = _row(matrix, snapshot, version)
    if row is None:
        return None
    build = TorchBuild(
        version=version, cuda=row.cuda, hip="", git="", debug=False, path="", cxx11_abi=fact, architectures=fact
    )
    return Known(value=_with_row(build, row), source=_source(row))


def _with_row(build: TorchBuild, row: WheelBuild) -> TorchBuild:
    """The build with the architectures and the ABI of its wheel, where they are not stated."""
    if row.cuda != build.cuda:
        return build
    if not_told(build.architectures):
        build = dataclasses.replace(build, architectures=Known(value=row.architectures, source=_source(row)))
    if not_told(build.cxx11_abi) and row.cxx11_abi is not None:
        build = dataclasses.replace(build, cxx11_abi=Known(value=row.cxx11_abi, source=_source(row)))
    return build


def _row(matrix: Matrix, snapshot: Snapshot, version: str) -> WheelBuild | None:
    """What the wheel of a torch was compiled for, on the processor that is stated or on the usual one."""
    interpreter, platform = snapshot.get(INTERPRETER), snapshot.get(PLATFORM)
    if isinstance(platform, Known) and platform.value.system != "Linux":
        return None  # elsewhere the index has other builds under the same version
    machine = "x86_64"
    if isinstance(interpreter, Known):
        machine = interpreter.value.markers.get("platform_machine", machine)
    return matrix.wheel_build("torch", version, machine)


def _torch_version(snapshot: Snapshot, matrix: Matrix) -> str:
    fact = snapshot.get(DISTRIBUTIONS)
    if not isinstance(fact, Known):
        return ""
    torch = next((item for item in fact.value if item.name == "torch" and not item.shadowed), None)
    if torch is not None:
        # conda's packages are compiled by others, whatever their version.
        return "" if torch.origin == "conda" else str(torch.version)
    vllm = vllm_of(fact.value)
    release = matrix.release(vllm.name, vllm.version) if vllm is not None else None
    lines = (release.requires if release else None) or ()
    return next((pin for line in lines if (pin := _exact_torch(line))), "")


def _exact_torch(line: str) -> str:
    try:
        requirement = Requirement(line)
        pins = [item.version for item in requirement.specifier if item.operator == "=="]
        exact = requirement.name == "torch" and requirement.marker is None and len(pins) == 1
        return str(Version(pins[0])) if exact else ""
    except (InvalidRequirement, InvalidVersion):
        return ""


def _source(row: WheelBuild) -> Source:
    return Source(kind=SourceKind.MATRIX, where=f"wheel {row.package} {row.version}")
