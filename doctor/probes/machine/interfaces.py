"""The network interfaces, as getifaddrs(3) lists them: one call that needs no file system and no privilege."""

from __future__ import annotations

import ctypes
import os
import socket
import sys

from doctor.core.fact import Fact, Reason, Source, SourceKind, Unknown
from doctor.core.fleet.node import INTERFACES, Interface
from doctor.core.target import Facts, Probe, Target
from doctor.probes.attempt import attempt_fact

_UP, _LOOPBACK, _RUNNING = 0x1, 0x8, 0x40  # netdevice(7)


class _Entry(ctypes.Structure):
    """``struct ifaddrs`` up to the field that is read last."""


_Entry._fields_ = [
    ("next", ctypes.POINTER(_Entry)),
    ("name", ctypes.c_char_p),
    ("flags", ctypes.c_uint),
    ("address", ctypes.c_void_p),
]


def find(_target: Target) -> Facts:
    """Find the fact of this probe."""
    source = Source(kind=SourceKind.RUN, where="getifaddrs")
    if sys.platform != "linux":
        # The addresses of other systems begin with their length.
        fact: Fact[tuple[Interface, ...]] = Unknown(
            reason=Reason.UNSUPPORTED, detail="interfaces are read on Linux only", source=source
        )
        return [(INTERFACES, fact)]
    return [(INTERFACES, attempt_fact(source, read_interfaces))]


def read_interfaces() -> tuple[Interface, ...]:
    """List the interfaces in the order of the kernel.

    Raises:
        OSError: the system does not tell.
    """
    library = ctypes.CDLL(None, use_errno=True)
    first = ctypes.POINTER(_Entry)()
    if library.getifaddrs(ctypes.byref(first)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    flags: dict[str, int] = {}
    addresses: dict[str, list[str]] = {}
    try:
        entry = first
        while entry:
            item = entry.contents
            # An alias (eth0:1) is an address of its interface.
            name = os.fsdecode(item.name).partition(":")[0].encode(errors="surrogateescape").decode(errors="replace")
            flags[name] = item.flags
            address = _address(item.address)
            if address and address not in addresses.setdefault(name, []):
                addresses[name].append(address)
            entry = item.next
    finally:
        library.freeifaddrs(first)
    return tuple(_interface(name, value, addresses.get(name, [])) for name, value in flags.items())


def _interface(name: str, flags: int, addresses: list[str]) -> Interface:
    return Interface(
        name=name,
        up=bool(flags & _UP),
        running=bool(flags & _RUNNING),
        loopback=bool(flags & _LOOPBACK),
        addresses=tuple(addresses),
    )


def _address(place: int | None) -> str:
    """The text of a ``struct sockaddr``; "" for none and for what is neither IPv4 nor IPv6."""
    if not place:
        return ""
    family = ctypes.c_ushort.from_address(place).value
    if family == socket.AF_INET:
        return socket.inet_ntop(family, ctypes.string_at(place + 4, 4))
    if family == socket.AF_INET6:
        return socket.inet_ntop(family, ctypes.string_at(place + 8, 16))
    return ""


INTERFACES_PROBE = Probe(name="interfaces", keys=(INTERFACES,), find=find, deadline=10.0)
