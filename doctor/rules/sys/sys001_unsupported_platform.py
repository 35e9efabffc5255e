"""SYS001."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.interpreter import PLATFORM, Platform
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.stack import vllm_of
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule

_WHEELS = frozenset({"x86_64", "amd64", "aarch64", "arm64"})
_FROM_SOURCE = frozenset({"ppc64le", "s390x", "riscv64"})


@rule(severity=Severity.ERROR, cause=Cause.PLATFORM_OR_GLIBC, since="0.1.0", reads=(PLATFORM, DISTRIBUTIONS))
def unsupported_platform(env: Env) -> Iterator[Problem]:
    """The operating system, C library and processor are ones that torch and vLLM are built for.

    ## What it checks
    The operating system is Linux, its C library is glibc and not musl (Alpine), and the
    processor is x86-64 or 64-bit ARM.

    ## Why it matters
    torch and vLLM publish wheels for glibc only, and vLLM's are for Linux. On musl nothing
    compiled for manylinux can be loaded. Windows has no native vLLM; macOS and other processors
    need a build from source, which is experimental.

    ## How to fix it
    Use a Debian, Ubuntu or RHEL image instead of Alpine; on Windows use WSL 2.

    ## Sources
    - https://docs.vllm.ai/en/latest/getting_started/installation/
    - https://peps.python.org/pep-0656/ (musllinux wheels are not manylinux wheels)
    - https://github.com/alpine-wheels/index/issues/700 (torch on Alpine)
    """
    platform = env.need(PLATFORM)
    serves = vllm_of(env.need(DISTRIBUTIONS)) is not None
    if platform.system == "Linux":
        if not (platform.libc and platform.machine):
            env.unstated("C library or processor")
        yield from _linux(platform)
    elif platform.system == "Windows":
        yield _problem(
            "Windows",
            "this is Windows; vLLM has no native Windows build and needs Linux",
            "Work in WSL 2 (`wsl --install`), and install the stack there",
            Severity.ERROR if serves else Severity.INFO,
        )
    else:
        name = "macOS" if platform.system == "Darwin" else platform.system
        yield _problem(
            name,
            f"this is {name}; vLLM's wheels need Linux, and a build from source is experimental there",
            "Serve on a Linux machine or in a Linux container",
            Severity.WARNING if serves else Severity.INFO,
        )


def _linux(platform: Platform) -> Iterator[Problem]:
    if platform.libc == "musl":
        yield _problem(
            "musl",
            f"the interpreter of {platform.distribution or 'this system'} runs on the C library musl; "
            "torch and vLLM are built for glibc",
            "Use an image with glibc (for example `python:3.12-slim` instead of `python:3.12-alpine`)",
            Severity.ERROR,
        )
    machine = platform.machine.lower()
    if machine and machine not in _WHEELS:
        severity = Severity.WARNING if machine in _FROM_SOURCE else Severity.ERROR
        yield _problem(
            platform.machine,
            f"the processor is {platform.machine}; wheels of vLLM are for x86_64 and aarch64",
            "Use an x86_64 or aarch64 machine, or build vLLM from source",
            severity,
        )


def _problem(subject: str, message: str, text: str, severity: Severity) -> Problem:
    remedy = Remedy(text=text, safety=Safety.MANUAL)
    return Problem(subject=subject, message=message, remedies=(remedy,), severity=severity)
