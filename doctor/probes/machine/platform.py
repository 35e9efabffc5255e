"""The operating system below the interpreter: libc, container, WSL."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from doctor.core.fact import Source, SourceKind
from doctor.core.interpreter import PLATFORM, Platform
from doctor.core.target import Facts, Probe, Target
from doctor.probes.attempt import attempt

ROOT = Path("/")


def find(target: Target, *, root: Path = ROOT) -> Facts:
    """Find the platform; `root` is the folder that stands for the root of the file system."""
    source = Source(kind=SourceKind.FILE, where="/etc/os-release, /proc/sys/kernel/osrelease, the interpreter")
    return [attempt(PLATFORM, source, lambda: _platform(target, root))]


def _platform(target: Target, root: Path) -> Platform:
    markers = target.interpreter.markers
    release = _line(root / "proc/sys/kernel/osrelease") or markers.get("platform_release", "")
    libc, _, libc_version = target.interpreter.libc.partition(" ")
    return Platform(
        system=markers.get("platform_system", ""),
        release=release,
        machine=markers.get("platform_machine", ""),
        distribution=_distribution(root),
        libc=libc,
        libc_version=libc_version,
        container=_container(root, target.environ),
        wsl=_wsl(release),
    )


def _text(path: Path) -> str:
    """The text of a file that need not exist; others of the same platform fact survive it."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return ""


def _line(path: Path) -> str:
    return _text(path).strip()


def _distribution(root: Path) -> str:
    """The PRETTY_NAME of os-release (freedesktop.org os-release(5))."""
    content = _text(root / "etc/os-release") or _text(root / "usr/lib/os-release")
    for line in content.splitlines():
        name, _, value = line.partition("=")
        if name.strip() == "PRETTY_NAME":
            return _unquote(value)
    return ""


def _unquote(value: str) -> str:
    try:
        return " ".join(shlex.split(value))
    except ValueError:  # an unbalanced quote: the text is still the name
        return value.strip().strip("\"'")


def _container(root: Path, environ: Mapping[str, str]) -> str:
    """The kind of container, or "" on a plain host; the outermost layer that names itself wins."""
    if "APPTAINER_CONTAINER" in environ or "SINGULARITY_CONTAINER" in environ:
        return "apptainer"
    if "KUBERNETES_SERVICE_HOST" in environ or os.access(root / "var/run/secrets/kubernetes.io", os.F_OK):
        return "kubernetes"
    if os.access(root / "run/.containerenv", os.F_OK):
        return "podman"
    if os.access(root / ".dockerenv", os.F_OK):
        return "docker"
    # systemd's convention for container managers: https://systemd.io/CONTAINER_INTERFACE/
    named = _line(root / "run/systemd/container") or environ.get("container", "")
    if named:
        return named
    return _container_of_cgroup(_text(root / "proc/1/cgroup"))


def _container_of_cgroup(content: str) -> str:
    """The container that the control groups of process 1 name (version 1 states the path)."""
    for word, kind in (
        ("kubepods", "kubernetes"),
        ("libpod", "podman"),
        ("docker", "docker"),
        ("containerd", "containerd"),
        ("lxc", "lxc"),
    ):
        if word in content:
            return kind
    return ""


def _wsl(release: str) -> int:
    """WSL 1 reports ``4.4.0-19041-Microsoft``, WSL 2 ``5.15.90.1-microsoft-standard-WSL2``.

    https://github.com/microsoft/WSL/issues/4555
    """
    if "microsoft" not in release.lower():
        return 0
    if re.search(r"WSL2|microsoft-standard", release):
        return 2
    return 1 if "-Microsoft" in release else 2


PLATFORM_PROBE = Probe(name="platform", keys=(PLATFORM,), find=find, group="machine")
