"""The node by name: what its name resolves to, and what tells it from others."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from doctor.core.fact import Absent, Fact, Known, Reason, Source, SourceKind, Unknown
from doctor.core.fleet.node import HOST, Host
from doctor.core.target import Facts, Probe, Target
from doctor.probes.attempt import attempt, attempt_fact, reason_of

ROOT = Path("/")
PATIENCE = 5.0
"""Seconds that the resolver may take: its own limit is 5 s for each server and try (resolv.conf(5))."""

Resolver = Callable[[str], "list[str]"]

# What vLLM and Ray connect to, to learn their own address; a UDP socket sends nothing when it is connected.
_OUTSIDE = ((socket.AF_INET, "8.8.8.8"), (socket.AF_INET6, "2001:4860:4860::8888"))
_IDENTIFIER = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_IMAGES = ("DOCTOR_CONTAINER_IMAGE", "APPTAINER_CONTAINER", "SINGULARITY_CONTAINER")


def find(target: Target, *, root: Path = ROOT) -> Facts:
    """Find the fact of this probe; `root` stands for the root of the file system."""
    source = Source(kind=SourceKind.RUN, where="gethostname")
    return [attempt(HOST, source, lambda: _host(target.environ, root))]


def _host(environ: Mapping[str, str], root: Path) -> Host:
    name = socket.gethostname()
    return Host(
        name=name,
        resolves_to=resolve(name),
        route_address=_route_address(),
        boot_id=_boot_id(root),
        container_id=_container_id(root),
        image=_image(environ),
    )


def resolve(name: str, *, resolver: Resolver | None = None, patience: float = PATIENCE) -> Fact[tuple[str, ...]]:
    """The addresses of a host name as programs on this node get them, in the resolver's order.

    A resolver cannot be interrupted: it works in a thread of its own, which is left alone after `patience` seconds.
    """
    source = Source(kind=SourceKind.RUN, where=f"getaddrinfo {name}")
    answers: list[Fact[tuple[str, ...]]] = []
    work = resolver or _getaddrinfo
    thread = threading.Thread(target=lambda: answers.append(_resolved(name, work, source)), daemon=True)
    thread.start()
    thread.join(patience)
    if answers:
        return answers[0]
    return Unknown(
        reason=Reason.TIMED_OUT, detail=f"the resolver did not answer for {name} in {patience:g} s", source=source
    )


def _resolved(name: str, resolver: Resolver, source: Source) -> Fact[tuple[str, ...]]:
    try:
        return Known(value=tuple(dict.fromkeys(resolver(name))), source=source)
    except socket.gaierror as error:
        if error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)):
            return Absent(source=source, detail=f"{name} does not resolve: {error.strerror}")
        return Unknown(reason=Reason.FAILED, detail=f"{name}: {error.strerror}", source=source)
    except (OSError, ValueError) as error:  # a name that IDNA refuses is a ValueError
        return Unknown(reason=Reason.FAILED, detail=f"{name}: {error}", source=source)


def _getaddrinfo(name: str) -> list[str]:
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return [str(address[0]).partition("%")[0] for _, _, _, _, address in found]


def _route_address() -> Fact[str]:
    source = Source(kind=SourceKind.RUN, where="the address of a UDP socket towards the outside")
    answers = [_own_address(family, address, source) for family, address in _OUTSIDE]
    return next((answer for answer in answers if not isinstance(answer, Absent)), answers[0])


def _own_address(family: int, address: str, source: Source) -> Fact[str]:
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as connection:
            connection.connect((address, 80))
            return Known(value=str(connection.getsockname()[0]), source=source)
    except PermissionError as error:
        return Unknown(reason=Reason.NO_PERMISSION, detail=str(error), source=source)
    except OSError as error:  # no route, or no such family at all
        return Absent(source=source, detail=f"no route to {address}: {error.strerror}")


def _boot_id(root: Path) -> Fact[str]:
    source = Source(kind=SourceKind.PROC, where="/proc/sys/kernel/random/boot_id")
    try:
        return Known(value=(root / source.where[1:]).read_text(encoding="ascii").strip(), source=source)
    except FileNotFoundError:
        return Absent(source=source, detail="this system has no boot_id")
    except OSError as error:
        return Unknown(reason=reason_of(error), detail=str(error), source=source)


def _container_id(root: Path) -> Fact[str]:
    """The 64 hexadecimal digits that Docker, Podman and containerd name their containers by.

    The control groups state them in a namespace of the host, the mounts of ``/etc/hostname`` and
    ``/etc/resolv.conf`` in one of the container's own.
    """
    source = Source(kind=SourceKind.PROC, where="/proc/self/cgroup, /proc/self/mountinfo")
    found = attempt_fact(source, lambda: _identifiers(root))
    if not isinstance(found, Known):
        return found if isinstance(found, Unknown) else Absent(source=source)
    if not found.value:
        return Absent(source=source, detail="nothing names a container")
    return Known(value=found.value[0], source=source)


def _identifiers(root: Path) -> list[str]:
    lines = _lines(root / "proc/self/cgroup")
    mounts = [line for line in _lines(root / "proc/self/mountinfo") if line.split()[4:5] in _MOUNTED]
    return [match[0] for line in (*lines, *mounts) for match in [_IDENTIFIER.search(line)] if match]


_MOUNTED = (["/etc/hostname"], ["/etc/resolv.conf"])


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []


def _image(environ: Mapping[str, str]) -> Fact[str]:
    """The image that the environment names. No runtime tells a container of the image that it was made from."""
    for name in _IMAGES:
        if environ.get(name):
            return Known(value=environ[name], source=Source(kind=SourceKind.ENV_VAR, where=name))
    return Absent(source=Source(kind=SourceKind.ENV_VAR, where=", ".join(_IMAGES)), detail="no variable names an image")


HOST_PROBE = Probe(name="host", keys=(HOST,), find=find)
