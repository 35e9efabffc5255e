"""Traits of the network: by which name and address a node is reached, and over which interfaces."""

from __future__ import annotations

import ipaddress
import json

from doctor.core.fleet.node import HOST, INTERFACES, Interface
from doctor.core.fleet.trait import ABSENT, Cell, Items, Trait, cell, cell_of
from doctor.core.machine.system import VARIABLES
from doctor.core.rule import Env

ADDRESS_VARIABLE = "VLLM_HOST_IP"
GLOO, NCCL = "GLOO_SOCKET_IFNAME", "NCCL_SOCKET_IFNAME"


def _identity(env: Env) -> Items:
    host = env.need(HOST)
    yield "host name", cell(host.name)
    yield "boot", cell_of("host.boot_id", host.boot_id)
    yield "container", cell_of("host.container_id", host.container_id)


def _address(env: Env) -> Items:
    stated = (env.look(VARIABLES) or {}).get(ADDRESS_VARIABLE, "")
    own = _addresses(env.need(INTERFACES))
    route = env.need(HOST).route_address
    yield "stated", cell(stated) if stated else ABSENT
    yield "address", cell(stated) if stated else cell_of("host.route_address", route)
    if stated:
        yield "own", cell("yes" if _same(stated, own) else "no")


def _host_name(env: Env) -> Items:
    host = env.need(HOST)
    own = _addresses(env.need(INTERFACES))
    addresses = cell_of("host.resolves_to", host.resolves_to, ", ".join)
    yield "name", cell(host.name)
    yield GLOO, _variable(env, GLOO)
    yield "addresses", addresses
    if addresses.known:
        found = [item.strip() for item in addresses.text.split(",") if item.strip()]
        usable = [item for item in found if not _is_loopback(item) and _same(item, own)]
        yield "usable", cell("yes" if usable else "no")


def _interfaces(env: Env) -> Items:
    yield "interfaces", cell(json.dumps({item.name: _state(item) for item in env.need(INTERFACES)}, sort_keys=True))
    for name in (GLOO, NCCL):
        yield name, _variable(env, name)


def _variable(env: Env, name: str) -> Cell:
    value = (env.look(VARIABLES) or {}).get(name, "")
    return cell(value) if value else ABSENT


def _state(item: Interface) -> str:
    if item.loopback:
        return "loopback"
    return "up" if item.up and item.addresses else "without address" if item.up else "down"


def _addresses(interfaces: tuple[Interface, ...]) -> set[str]:
    return {_plain(address) for item in interfaces for address in item.addresses}


def _same(address: str, own: set[str]) -> bool:
    return _plain(address) in own


def _plain(address: str) -> str:
    """An address in its shortest form, so that two spellings of one IPv6 address are the same."""
    try:
        return str(ipaddress.ip_address(address.partition("%")[0]))
    except ValueError:
        return address


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_loopback
    except ValueError:
        return False


IDENTITY = Trait(name="identity", keys=(HOST,), read=_identity)
ADDRESS = Trait(name="address", keys=(VARIABLES, HOST, INTERFACES), read=_address)
HOST_NAME = Trait(name="host name", keys=(HOST, INTERFACES, VARIABLES), read=_host_name)
SOCKETS = Trait(name="interfaces", keys=(INTERFACES, VARIABLES), read=_interfaces)
