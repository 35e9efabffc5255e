"""Traits of the network: by which name and address a node is reached, and over which interfaces."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Set
from functools import partial

from doctor.core.fleet.node import HOST, INTERFACES, Interface
from doctor.core.fleet.trait import ABSENT, Cell, Items, Trait, cell, cell_of
from doctor.core.machine.system import VARIABLES
from doctor.core.rule import Env

ADDRESS_VARIABLE = "VLLM_HOST_IP"
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
ITSELF = "an address of its own"
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
    yield "address", cell(stated) if stated else cell_of("host.route_address", route)
    if stated:
        yield "own", cell("yes" if _ip(stated) in own else "no")


def _host_name(env: Env) -> Items:
    own = _addresses(env.need(INTERFACES))
    yield GLOO, _variable(env, GLOO)
    yield "leads to", cell_of("host.resolves_to", env.need(HOST).resolves_to, partial(_leads_to, own))


def _leads_to(own: Set[Address], addresses: tuple[str, ...]) -> str:
    """What the addresses are: a loopback is named, the address of another machine differs from node to node."""
    read = {text: ip for text in addresses if (ip := _ip(text))}
    if any(ip in own and not ip.is_loopback for ip in read.values()):
        return ITSELF
    loopback = sorted(text for text, ip in read.items() if ip.is_loopback)
    return f"the loopback ({', '.join(loopback)})" if loopback else "an address that no interface has"


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


def _addresses(interfaces: tuple[Interface, ...]) -> Set[Address]:
    return {ip for item in interfaces for text in item.addresses if (ip := _ip(text))}


def _ip(text: str) -> Address | None:
    """An address without its zone, None for what is none: two spellings of one IPv6 address are the same."""
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None


IDENTITY = Trait(name="identity", keys=(HOST,), read=_identity)
ADDRESS = Trait(name="address", keys=(VARIABLES, HOST, INTERFACES), read=_address)
HOST_NAME = Trait(name="host name", keys=(HOST, INTERFACES, VARIABLES), read=_host_name)
SOCKETS = Trait(name="interfaces", keys=(INTERFACES, VARIABLES), read=_interfaces)
