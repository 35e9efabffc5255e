"""Where the cluster is: the address as users write it, and a look whether anything listens there."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path

from doctor.core.errors import DoctorError

PORT = 6379
CURRENT_CLUSTER = Path("/tmp/ray/ray_current_cluster")  # noqa: S108 - where `ray start` states it
"""The file in which Ray notes the address of the cluster that was started on this machine."""

WHICH_PORT = "the port is that of the GCS, 6379 by default; not the dashboard's (8265), nor that of ray:// (10001)"


class RayError(DoctorError):
    """The cluster cannot be asked, so there is nothing to judge."""


def resolve_address(given: str, environ: Mapping[str, str], current: Path = CURRENT_CLUSTER) -> str:
    """Return ``host:port`` of the GCS for what the user wrote; ``auto`` is the cluster of this machine.

    Raises:
        RayError: it is no address of a GCS, or there is no cluster on this machine.
    """
    address = _address_of_this_machine(environ, current) if given == "auto" else given
    if "://" in address:
        raise RayError(f"{address} is not the address of a GCS", hint=f"give HOST:PORT: {WHICH_PORT}")
    host, colon, port = address.rpartition(":")
    if not colon or address.endswith("]"):
        host, port = address, str(PORT)
    if not host or host == "local" or not port.isdecimal() or not 0 < int(port) < 65536:
        raise RayError(f"{address!r} is not an address of the form HOST:PORT", hint=WHICH_PORT)
    return f"{host}:{port}"


def _address_of_this_machine(environ: Mapping[str, str], current: Path) -> str:
    if environ.get("RAY_ADDRESS", "auto") != "auto":
        return environ["RAY_ADDRESS"]
    try:
        return current.read_text().strip()
    except OSError:
        raise RayError(
            "no Ray cluster was started on this machine",
            hint="run it on a node of the cluster, or give the address of the head node: --ray HOST:6379",
        ) from None


def look(address: str, seconds: float = 3.0) -> None:
    """Connect once to ``host:port``; Ray itself waits for minutes where nothing listens.

    Raises:
        RayError: nothing takes the connection.
    """
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=seconds).close()
    except socket.gaierror as error:
        raise RayError(f"the host of --ray {address} cannot be resolved: {error.strerror}") from error
    except TimeoutError as error:
        hint = "the host is down, or a firewall drops what is sent to it"
        raise RayError(f"{address} did not answer within {seconds:g} s", hint=hint) from error
    except OSError as error:
        raise RayError(
            f"no Ray cluster listens at {address}: {error.strerror}",
            hint=f"`ray status` on the head node says whether it runs, `ray start --head` its address; {WHICH_PORT}",
        ) from error
