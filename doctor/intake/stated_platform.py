"""The interpreter and the platform that a text names in words."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass

from packaging.tags import compatible_tags, cpython_tags

from doctor.core.interpreter import Interpreter, Platform, unplaced

_PYTHON = re.compile(r"\d{1,2}\.\d{1,3}(?:\.\d{1,4})?(?:a|b|rc)?\d{0,3}")
_MACHINES = re.compile(r"\b(x86_64|amd64|aarch64|arm64|ppc64le|s390x|riscv64)\b", re.IGNORECASE)
_GLIBC = re.compile(r"glibc[-_ ]?(\d{1,2}\.\d{1,3})", re.IGNORECASE)
_RELEASE = re.compile(r"^Linux-(?P<release>\S+?)(?:-(?:x86_64|aarch64|ppc64le|s390x))?-with", re.IGNORECASE)
_MACHINE_BEHIND = re.compile(r"\s*\((?:x86_64|amd64|aarch64|arm64|ppc64le|s390x|riscv64|64-bit)\)$", re.IGNORECASE)
# The C library that a distribution keeps for its whole life, by the beginning of its name
# (https://repology.org/project/glibc/versions, https://distrowatch.com).
_GLIBC_OF = {
    r"ubuntu.*\b18\.04": "2.27",
    r"ubuntu.*\b20\.04": "2.31",
    r"ubuntu.*\b22\.04": "2.35",
    r"ubuntu.*\b24\.04": "2.39",
    r"debian.*\b10\b": "2.28",
    r"debian.*\b11\b": "2.31",
    r"debian.*\b12\b": "2.36",
    r"debian.*\b13\b": "2.41",
    r"(?:centos|red hat|rhel|scientific linux|oracle linux).*\b7\b": "2.17",
    r"(?:centos|red hat|rhel|rocky|almalinux|oracle linux).*\b8\b": "2.28",
    r"(?:centos|red hat|rhel|rocky|almalinux|oracle linux).*\b9\b": "2.34",
    r"amazon linux.*\b2\b(?!\d)": "2.26",
    r"amazon linux.*\b2023\b": "2.34",
}
_SYSTEMS = {"Linux": ("linux", "posix"), "Windows": ("win32", "nt"), "Darwin": ("darwin", "posix")}


@dataclass(frozen=True, slots=True)
class Said:
    """A value and the 1-based line that states it, or (`where`) the option of doctor that does."""

    value: str
    line: int | None = None
    where: str = ""


def platform_of(python_platform: Said | None, system: Said | None, libc: Said | None) -> Platform | None:
    """The platform of ``platform.platform()``, an OS line and a libc line; None where none tells the system.

    `container` is "" because no text states it.
    """
    words = python_platform.value if python_platform else ""
    named = system.value if system else ""
    kind = _system(words) or _system(named) or ("Linux" if libc and _GLIBC.search(libc.value) else "")
    if not kind:
        return None
    release = _RELEASE.match(words)
    # Not that of platform.platform(): up to Python 3.8 it is the oldest that the interpreter itself needs.
    version = _glibc(libc.value if libc else "") or _glibc(named) or _glibc_of(named)
    return Platform(
        system=kind,
        release=release["release"] if release else _kernel(named),
        machine=_machine(named) or _machine(words),
        distribution=_MACHINE_BEHIND.sub("", named.strip()),
        libc="musl" if "musl" in words else "glibc" if version else "",
        libc_version=version,
        container="",
        wsl=_wsl(f"{words} {named}"),
    )


def _glibc_of(distribution: str) -> str:
    """The glibc of a Linux distribution that a text names (``Ubuntu 20.04.6 LTS``), "" where it is not known."""
    found = (version for name, version in _GLIBC_OF.items() if re.match(name, distribution.strip(), re.IGNORECASE))
    return next(found, "")


def interpreter_of(python: Said | None, platform: Platform | None, *, conda: str) -> tuple[Interpreter, str]:
    """The interpreter of a ``sys.version``, and what was assumed for its markers, or "".

    Markers decide which requirements count. Where no platform is stated it is the one that the
    stack is published for.
    """
    text = python.value if python else ""
    match = _PYTHON.match(text)
    version = match[0] if match else ""
    system = platform.system if platform else "Linux"
    machine = (platform.machine if platform else "") or ("arm64" if system == "Darwin" else "x86_64")
    sys_platform, os_name = _SYSTEMS[system]
    pypy = "PyPy" in text
    minor = ".".join(version.split(".")[:2])
    markers = {
        "implementation_name": "pypy" if pypy else "cpython",
        "implementation_version": version,
        "os_name": os_name,
        "platform_machine": machine,
        "platform_python_implementation": "PyPy" if pypy else "CPython",
        "platform_release": platform.release if platform else "",
        "platform_system": system,
        "platform_version": "",
        # Without a patch version the first one stands for all of them.
        "python_full_version": version if version.count(".") > 1 or not version else f"{version}.0",
        "python_version": minor,
        "sys_platform": sys_platform,
    }
    interpreter = dataclasses.replace(
        unplaced(version, "pypy" if pypy else "cpython"),
        conda_prefix=conda,
        free_threaded="free-threading build" in text,
        libc=f"{platform.libc} {platform.libc_version}".strip() if platform else "",
        markers=markers,
        tags=_tags(version, platform, machine) if not pypy else (),
    )
    if platform is None:
        return interpreter, f"{system} on {machine}"
    return interpreter, "" if platform.machine else f"a processor of {machine}"


def _tags(version: str, platform: Platform | None, machine: str) -> tuple[str, ...]:
    """The wheel tags that pip would take, where Python and glibc are stated."""
    parts = [int(part) for part in version.split(".")[:2] if part.isdigit()]
    libc = platform.libc_version.split(".") if platform and platform.libc == "glibc" else []
    if len(parts) != 2 or len(libc) != 2 or libc[0] != "2":
        return ()
    # PEP 600; the names before it stand for 2.5, 2.12 and 2.17.
    older = {5: "manylinux1", 12: "manylinux2010", 17: "manylinux2014"}
    newest = min(int(libc[1]), 200)
    platforms = [f"manylinux_2_{minor}_{machine}" for minor in range(newest, 4, -1)]
    platforms += [f"{name}_{machine}" for minor, name in older.items() if minor <= newest]
    platforms.append(f"linux_{machine}")
    python = (parts[0], parts[1])
    abis = [f"cp{python[0]}{python[1]}"]
    found = (*cpython_tags(python, abis=abis, platforms=platforms), *compatible_tags(python, abis[0], platforms))
    return tuple(map(str, found))


def _system(text: str) -> str:
    lower = text.lower()
    if lower.startswith(("macos", "mac os", "darwin")):
        return "Darwin"
    if "wsl" in lower or "microsoft-standard" in lower:
        return "Linux"
    if lower.startswith(("windows", "microsoft windows")):
        return "Windows"
    names = (
        "linux",
        "ubuntu",
        "debian",
        "centos",
        "red hat",
        "rhel",
        "fedora",
        "rocky",
        "alma",
        "suse",
        "arch",
        "glibc",
    )
    return "Linux" if any(name in lower for name in names) or "colab" in lower or "kaggle" in lower else ""


def _machine(text: str) -> str:
    found = _MACHINES.search(text)
    return found[1].lower().replace("amd64", "x86_64") if found else ""


def _glibc(text: str) -> str:
    found = _GLIBC.search(text)
    return found[1] if found else ""


def _kernel(text: str) -> str:
    """The kernel that an OS line names, as people write it: ``WSL2, kernel 5.15.167.4-microsoft...``."""
    found = re.search(r"\b(\d{1,2}\.\d{1,3}\.\d{1,4}[\w.-]{0,80})", text)
    return found[1] if found and ("kernel" in text.lower() or text.startswith("Linux")) else ""


def _wsl(text: str) -> int:
    """WSL 1 reports ``4.4.0-19041-Microsoft``, WSL 2 ``...-microsoft-standard-WSL2``."""
    lower = text.lower()
    if "wsl2" in lower or "wsl 2" in lower or "microsoft-standard" in lower:
        return 2
    if "-Microsoft" in text:
        return 1
    return 2 if re.search(r"\bwsl\b", lower) else 0
