"""PIN003."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.specifiers import SpecifierSet

from doctor.core.fact import Source, SourceKind
from doctor.core.interpreter import PLATFORM, Platform
from doctor.core.matrix import KnownGoodSet
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule
from doctor.rules.pin.known_good import need_set, suits, version_of


@rule(severity=Severity.WARNING, cause=Cause.PLATFORM_OR_GLIBC, since="0.1.0", reads=(PLATFORM, DISTRIBUTIONS))
def platform_outside_set(env: Env) -> Iterator[Problem]:
    """The platform is one that the wheels of the known-good set run on.

    ## What it checks
    The C library, its version and the processor are compared with those of the known-good set of
    the installed vLLM. Not applicable where the matrix has no set for it; PIN001 says that then, and where
    the set was proven on another processor that this vLLM has wheels for, too (ARM from 0.10.2 on).
    What cannot be loaded for certain is an error of SYS001 or ABI007.

    ## Why it matters
    A compiled library that asks for a newer glibc than the system has cannot be loaded:
    `version GLIBC_2.28 not found`. There are no wheels of vLLM for musl.

    ## How to fix it
    Use a newer system or a container image with one; glibc cannot be replaced in place.

    ## Sources
    - https://peps.python.org/pep-0600/
    - The GLIBC versions that the libraries of the set ask for; `doctor matrix show NAME`
    """
    platform = env.need(PLATFORM)
    distributions = env.need(DISTRIBUTIONS)
    row = need_set(env, distributions)
    for subject, message in _mismatches(env, platform, row):
        yield Problem(
            subject=subject,
            message=f"{message} (known-good set {row.name})",
            location=Source(kind=SourceKind.RUN, where="platform"),
            remedies=(Remedy(text=f"Move to {_place(row)}, or to a container image of one", safety=Safety.MANUAL),),
        )


def _mismatches(env: Env, platform: Platform, row: KnownGoodSet) -> Iterator[tuple[str, str]]:
    if platform.system != "Linux":
        yield platform.system, f"the system is {platform.system}; the wheels are for Linux"
        return
    if row.machines and not platform.machine:
        env.unstated("processor")
    elif not suits(row, platform.machine):
        if not _has_wheels(env, row, platform.machine):
            yield "processor", f"the processor is {platform.machine}; the wheels are for {' and '.join(row.machines)}"
        return  # what the set needs of the C library is said of its own wheels
    if not row.glibc:
        return
    if platform.libc == "musl":
        yield "musl", f"the C library is musl; the wheels need glibc {row.glibc}"
    elif platform.libc != "glibc" or version_of(platform.libc_version) is None:
        env.gap(f"the C library is not known, and the set {row.name} needs glibc {row.glibc}")
    elif not SpecifierSet(row.glibc).contains(platform.libc_version):
        yield "glibc", f"glibc is {platform.libc_version}; the libraries need {row.glibc}"


def _has_wheels(env: Env, row: KnownGoodSet, machine: str) -> bool:
    """Whether what the set is about has wheels for another processor; PIN001 is undetermined then."""
    release = env.matrix.release(row.anchor, row.pins[row.anchor])
    return release is not None and any(tags.endswith(machine) for tags in release.wheels)


def _place(row: KnownGoodSet) -> str:
    machine = " or ".join(row.machines) or "any processor"
    return f"a Linux on {machine}" + (f" with glibc {row.glibc}" if row.glibc else "")
