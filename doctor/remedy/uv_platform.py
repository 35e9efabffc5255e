"""What uv calls a platform other than its own."""

from __future__ import annotations

from doctor.core.interpreter import Platform

_MACHINES = ("x86_64", "aarch64")
_GLIBC = tuple((2, minor) for minor in (17, 28, *range(31, 41)))
"""The glibc versions that uv knows as platforms (`uv pip compile --help`, --python-platform)."""


def name_of(platform: Platform) -> str:
    """The name for ``--python-platform``: the newest that has no more than the platform; "" where uv has none.

    Without a name uv resolves for the machine that it runs on, whose wheels and markers may be others.
    """
    if platform.system != "Linux" or platform.machine not in _MACHINES:
        return ""
    if platform.libc == "musl":
        return f"{platform.machine}-unknown-linux-musl"
    stated = tuple(int(part) for part in platform.libc_version.split(".") if part.isdecimal())
    if not stated:
        return f"{platform.machine}-unknown-linux-gnu"
    major, minor = max((version for version in _GLIBC if version <= stated), default=_GLIBC[0])
    return f"{platform.machine}-manylinux_{major}_{minor}"
