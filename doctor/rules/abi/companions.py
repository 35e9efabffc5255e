"""Which torch a release of torchvision or torchaudio belongs to, and which a file says it is for."""

from __future__ import annotations

import re

from packaging.version import InvalidVersion, Version

from doctor.core.packages.distribution import Distribution

_NAMED_TORCH = re.compile(r"(?:^|[_.-])torch(\d)\.?(\d+)(?![0-9.])")
_UNBOUND_TORCHVISION = Version("0.29.1")


def names_other_torch(path: str, torch: str) -> bool:
    """Whether the name of an extension's file says that it is for another torch than the version `torch`.

    torch-c-dlpack-ext, which tilelang needs, brings one file for each torch
    (``libtorch_c_dlpack_addon_torch24-cpu.so``) and loads that of the installed one, if there is
    one (its core.py): the others are never loaded.
    """
    found = _NAMED_TORCH.search(path.rpartition("/")[2])
    try:
        present = Version(torch)
    except InvalidVersion:
        return False
    return found is not None and (int(found[1]), int(found[2])) != (present.major, present.minor)


def torch_minor_of(name: str, version: Version) -> tuple[int, int] | None:
    """The major and minor version of the torch that a companion belongs to, None where it is not bound.

    torchvision counts one up with each torch: 0.14 came with 1.13, 0.15 with 2.0, 0.28 with 2.13
    (table in torchvision's README); since 0.29.1 its metadata takes every torch from 2.14 on.
    torchaudio had 0.x for 1.x and has torch's own numbers since 2.0; from 2.9 on its extension uses
    torch's stable interface, and 2.11 states no torch.
    """
    if name == "torchvision" and version >= _UNBOUND_TORCHVISION:
        return None
    if name == "torchvision" and version.minor >= 9:
        return (2, version.minor - 15) if version.minor >= 15 else (1, version.minor - 1)
    if name == "torchaudio" and version.major == 2 and version.minor <= 8:
        return 2, version.minor
    if name == "torchaudio" and version.major == 0 and version.minor >= 8:
        # 0.8 came with 1.8, up to 0.13 with 1.13.
        return 1, version.minor
    return None


def belongs_to_other_torch(companion: Distribution, torch: str) -> bool:
    """Whether a distribution is a torchvision or torchaudio of another torch than the version `torch`."""
    try:
        wanted, present = torch_minor_of(companion.name, Version(companion.version)), Version(torch)
    except InvalidVersion:
        # ABI008 reports a version that cannot be read as a gap.
        return False
    return wanted is not None and (present.major, present.minor) != wanted
