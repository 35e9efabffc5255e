"""What the tag of a public base image says of it.

- https://hub.docker.com/_/python and the C libraries of Debian (https://packages.debian.org/libc6)
- https://hub.docker.com/r/nvidia/cuda, with those of Ubuntu (https://packages.ubuntu.com/libc6)
- https://hub.docker.com/r/pytorch/pytorch/tags, https://docs.vllm.ai/en/latest/deployment/docker/

A tag that moves (``latest``, ``python:3.11-slim`` from one Debian to the next) says only what it names.
"""

from __future__ import annotations

import re

from doctor.core.frozen import frozen

SYSTEMS = {
    "buster": ("Debian GNU/Linux 10", "2.28", "3.7"),
    "bullseye": ("Debian GNU/Linux 11", "2.31", "3.9"),
    "bookworm": ("Debian GNU/Linux 12", "2.36", "3.11"),
    "trixie": ("Debian GNU/Linux 13", "2.41", "3.13"),
    "ubuntu18.04": ("Ubuntu 18.04", "2.27", "3.6"),
    "ubuntu20.04": ("Ubuntu 20.04", "2.31", "3.8"),
    "ubuntu22.04": ("Ubuntu 22.04", "2.35", "3.10"),
    "ubuntu24.04": ("Ubuntu 24.04", "2.39", "3.12"),
    "rockylinux8": ("Rocky Linux 8", "2.28", ""),
    "rockylinux9": ("Rocky Linux 9", "2.34", "3.9"),
    "ubi8": ("Red Hat Enterprise Linux 8", "2.28", ""),
    "ubi9": ("Red Hat Enterprise Linux 9", "2.34", "3.9"),
    "centos7": ("CentOS 7", "2.17", ""),
}
"""The systems of images by the word in a tag: name, glibc, and the Python of the system's own packages."""

_ALIASES = {
    "focal": "ubuntu20.04",
    "jammy": "ubuntu22.04",
    "noble": "ubuntu24.04",
    "10": "buster",
    "11": "bullseye",
    "12": "bookworm",
    "13": "trixie",
    "18.04": "ubuntu18.04",
    "20.04": "ubuntu20.04",
    "22.04": "ubuntu22.04",
    "24.04": "ubuntu24.04",
}
_REFERENCE = re.compile(
    r"(?:(?P<host>[\w.-]+\.[\w.-]+(?::\d+)?|localhost(?::\d+)?)/)?(?P<name>[^:@]+)(?::(?P<tag>[^@]+))?(?:@.*)?"
)
_PYTHON = re.compile(r"(?P<python>3\.\d+(?:\.\d+)?)(?:-|$)")
_CUDA = re.compile(r"(?P<cuda>\d+\.\d+)(?:\.\d+)?-(?:cudnn\d*-)?(?P<kind>base|runtime|devel)-(?P<system>[\w.]+)")
_PYTORCH = re.compile(r"(?P<torch>\d+\.\d+(?:\.\d+)?)-cuda(?P<cuda>\d+\.\d+)-cudnn\d+-(?P<kind>runtime|devel)")
_VLLM = re.compile(r"v(?P<vllm>\d+\.\d+(?:\.\d+)?(?:\.post\d+)?)")
_UV = re.compile(r"python(?P<python>3\.\d+)-(?P<system>bookworm|trixie|bullseye)?")


@frozen
class TaggedImage:
    """What is known of an image by its tag; "" and () are not known.

    `system` is a key of `SYSTEMS`. `toolkit` says that nvcc is in it, `starts` what its entry
    point is, `demands` that NVIDIA's container runtime refuses it on a driver without its CUDA.
    """

    name: str
    python: str = ""
    system: str = ""
    cuda: str = ""
    toolkit: bool = False
    demands: bool = False
    packages: tuple[tuple[str, str], ...] = ()
    starts: tuple[str, ...] = ()
    rocm: bool = False
    known: bool = True


def image_of(reference: str) -> TaggedImage:
    """What the reference of a base image tells: ``nvidia/cuda:12.4.1-devel-ubuntu22.04``."""
    match = _REFERENCE.fullmatch(reference)
    name = (match["name"] if match else reference).removeprefix("library/").lower()
    tag = (match["tag"] or "") if match else ""
    host = (match["host"] or "") if match else ""
    if "rocm" in reference.lower():
        return TaggedImage(name=reference, rocm=True, known=False)
    if host.endswith("nvcr.io") and name == "nvidia/cuda":
        return _of_cuda(reference, tag)
    readers = {
        "python": _of_python,
        "nvidia/cuda": _of_cuda,
        "pytorch/pytorch": _of_pytorch,
        "vllm/vllm-openai": _of_vllm,
        "astral-sh/uv": _of_uv,
    }
    read = readers.get(name) if not host or host in ("docker.io", "ghcr.io") else None
    if read is not None:
        return read(reference, tag)
    plain = name in ("debian", "ubuntu", "rockylinux", "redhat/ubi8", "redhat/ubi9", "rockylinux/rockylinux")
    if plain or name in ("scratch", "busybox", "alpine"):
        return TaggedImage(name=reference, system=_system(name, tag))
    return TaggedImage(name=reference, known=False)


def _system(name: str, tag: str) -> str:
    """The key of the system that the words of a tag name."""
    if name.endswith(("ubi8", "ubi9")):
        return name[-4:]
    if name.startswith("rockylinux"):
        return f"rockylinux{tag[:1]}" if tag[:1] in ("8", "9") else ""
    for word in re.split(r"[-_]", tag):
        # Debian has point releases (12.6), and Ubuntu none that a tag names.
        found = _ALIASES.get(word.partition(".")[0] if name == "debian" else word, word)
        if found in SYSTEMS:
            return found
    return ""


def _of_python(reference: str, tag: str) -> TaggedImage:
    match = _PYTHON.match(tag)
    words = tag.split("-")
    system = next((word for word in words if word in SYSTEMS), "")
    return TaggedImage(name=reference, python=match["python"] if match else "", system=system)


def _of_cuda(reference: str, tag: str) -> TaggedImage:
    match = _CUDA.fullmatch(tag)
    if match is None:
        return TaggedImage(name=reference, known=False)
    system = match["system"] if match["system"] in SYSTEMS else ""
    devel = match["kind"] == "devel"
    return TaggedImage(name=reference, system=system, cuda=match["cuda"], toolkit=devel, demands=True)


def _of_pytorch(reference: str, tag: str) -> TaggedImage:
    match = _PYTORCH.fullmatch(tag)
    if match is None:
        return TaggedImage(name=reference, known=False)
    label = f"+cu{match['cuda'].replace('.', '')}"
    devel = match["kind"] == "devel"
    return TaggedImage(
        name=reference, cuda=match["cuda"], toolkit=devel, packages=(("torch", f"{match['torch']}{label}"),)
    )


def _of_vllm(reference: str, tag: str) -> TaggedImage:
    match = _VLLM.fullmatch(tag)
    packages = (("vllm", match["vllm"]),) if match else ()
    return TaggedImage(name=reference, packages=packages, starts=("vllm", "serve"), known=match is not None)


def _of_uv(reference: str, tag: str) -> TaggedImage:
    match = _UV.match(tag)
    if match is None:
        return TaggedImage(name=reference, known=False)
    return TaggedImage(name=reference, python=match["python"], system=match["system"] or "")
