"""What fits each release of vLLM: the lines of the compatibility table, from the matrix."""

from __future__ import annotations

import re
from dataclasses import dataclass

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from doctor.core.machine.architecture import Architecture, parse_capability
from doctor.core.matrix import KnownGoodSet, Matrix
from doctor.core.packages.release import LoraSupport, Release

PYTHONS = tuple(f"3.{minor}" for minor in range(8, 16))
GPUS = {
    "7.0": "V100",
    "7.5": "T4, RTX 20",
    "8.0": "A100, A30",
    "8.6": "A10, A40, RTX 30",
    "8.9": "L4, L40S, RTX 40",
    "9.0": "H100, H200",
    "10.0": "B200",
    "10.3": "B300",
    "12.0": "RTX 50, RTX PRO Blackwell",
}
"""The compute capabilities of GPUs in machines with x86_64 processors, and what bears them."""

FIRST_WITH_FLASH_ATTENTION = Version("0.6.2")
"""From here on the wheel of vLLM holds its FlashAttention (``vllm/vllm_flash_attn/*.so``); before, it is a package."""

_TAG = re.compile(r"cp3(?P<minor>\d+)-(?P<abi>\w+)-.*x86_64")


@dataclass(frozen=True, kw_only=True)
class Line:
    """One release of vLLM and what fits it, on Linux x86_64 with the wheels of the package index.

    `pythons` are those that vLLM and its torch have wheels for, `capabilities` those that both
    hold machine code for; `declared` is what the metadata says of transformers, `transformers`
    that together with what is known to be needed. `attention` are the attention packages.
    """

    version: str
    released: str
    pythons: tuple[str, ...]
    torch: str
    cuda: str
    driver: str
    capabilities: tuple[str, ...]
    declared: str
    transformers: str
    majors: tuple[str, ...]
    attention: tuple[str, ...]
    lora: LoraSupport
    proven: KnownGoodSet | None


def lines(matrix: Matrix) -> list[Line]:
    """The releases of vLLM that the matrix knows, the newest first."""
    return [_line(matrix, version) for version in reversed(matrix.releases.versions("vllm"))]


def _line(matrix: Matrix, version: str) -> Line:
    release, known = matrix.release("vllm", version), matrix.vllm_release(version)
    build = matrix.wheel_build("vllm", version)
    assert release is not None and known is not None and build is not None
    needs = {item.name: item for line in release.requires or () if (item := Requirement(line)).name}
    torch = _pin(needs["torch"])
    cuda = matrix.cuda_release(build.cuda)
    declared = _specifier(needs["transformers"])
    transformers = _narrowed(matrix, version, declared)
    return Line(
        version=version,
        released=release.uploaded,
        pythons=_pythons(release, matrix.release("torch", torch)),
        torch=torch,
        cuda=build.cuda,
        driver=cuda.minimum_driver if cuda else "",
        capabilities=_capabilities(matrix, build.architectures, torch),
        declared=str(declared),
        transformers=_written(transformers),
        majors=_majors(matrix, transformers),
        attention=tuple(_attention(version, needs)),
        lora=known.lora,
        proven=next((row for row in matrix.sets if row.pins.get("vllm") == version), None),
    )


def _pin(requirement: Requirement) -> str:
    (specifier,) = requirement.specifier
    return specifier.version


def _specifier(requirement: Requirement) -> SpecifierSet:
    return requirement.specifier


def _pythons(vllm: Release, torch: Release | None) -> tuple[str, ...]:
    """The Pythons that wheels of both exist for, and that vLLM declares."""
    declared = SpecifierSet(vllm.requires_python)
    return tuple(
        python
        for python in PYTHONS
        if declared.contains(python) and _has_wheel(vllm, python) and (torch is None or _has_wheel(torch, python))
    )


def _has_wheel(release: Release, python: str) -> bool:
    minor = int(python.partition(".")[2])
    for tag in release.wheels:
        match = _TAG.fullmatch(tag)
        if match and (int(match["minor"]) == minor or (match["abi"] == "abi3" and int(match["minor"]) <= minor)):
            return True
    return False


def _capabilities(matrix: Matrix, architectures: tuple[str, ...], torch: str) -> tuple[str, ...]:
    """The capabilities that the builds of vLLM and of torch hold machine code for; PTX is left to the driver."""
    build = matrix.wheel_build("torch", torch)
    return tuple(
        text for text in GPUS if _holds(architectures, text) and (build is None or _holds(build.architectures, text))
    )


def _holds(architectures: tuple[str, ...], text: str) -> bool:
    capability = parse_capability(text)
    codes = [code for name in architectures if (code := Architecture.parse(name)) is not None and not code.ptx]
    return capability is not None and any(code.runs_on(capability) for code in codes)


def _narrowed(matrix: Matrix, version: str, declared: SpecifierSet) -> SpecifierSet:
    """What is declared of transformers, and what else is known to be needed (pairs of the matrix)."""
    found = declared
    for pair in matrix.pairs:
        if (pair.package, pair.partner) == ("vllm", "transformers"):
            for versions, needed in pair.needs.items():
                if SpecifierSet(versions).contains(version, prereleases=True):
                    found &= SpecifierSet(needed)
    return found


def _written(specifier: SpecifierSet) -> str:
    """A specifier with only the highest of its lower bounds and the lowest of its upper ones."""
    items = list(specifier)
    lower = sorted((item for item in items if item.operator == ">="), key=lambda item: Version(item.version))
    upper = sorted((item for item in items if item.operator == "<"), key=lambda item: Version(item.version))
    rest = sorted((item for item in items if item.operator not in (">=", "<")), key=lambda item: item.version)
    return ",".join(str(item) for item in (*lower[-1:], *upper[:1], *rest))


def _majors(matrix: Matrix, specifier: SpecifierSet) -> tuple[str, ...]:
    """The major versions of transformers that some release suits in."""
    return tuple(
        dict.fromkeys(
            version.partition(".")[0]
            for version in matrix.releases.versions("transformers")
            if specifier.contains(version)
        )
    )


def _attention(version: str, needs: dict[str, Requirement]) -> list[str]:
    found = [
        f"{title} {_pin(needs[name])}"
        for name, title in (("xformers", "xformers"), ("vllm-flash-attn", "vllm-flash-attn"))
        if name in needs
    ]
    found += ["FlashAttention in the wheel"] if Version(version) >= FIRST_WITH_FLASH_ATTENTION else []
    found += [f"FlashInfer {_pin(needs['flashinfer-python'])}"] if "flashinfer-python" in needs else []
    return found
