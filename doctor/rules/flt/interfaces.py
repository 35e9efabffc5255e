"""Which interfaces a value of NCCL_SOCKET_IFNAME or GLOO_SOCKET_IFNAME chooses."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from doctor.rules.flt.network import GLOO


def chosen(variable: str, value: str, interfaces: Mapping[str, str]) -> list[str]:
    """The names of the interfaces that are up and that a value chooses.

    `interfaces` maps names to ``up``, ``down``, ``loopback`` or ``without address``. NCCL takes beginnings, whole
    names after ``=`` and all but those after ``^``
    (https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html#nccl-socket-ifname); Gloo takes whole
    names. The loopback counts where it is asked for by name: on one machine that is meant.
    """
    if variable == GLOO:
        return _up(interfaces, lambda name: name in _names(value))
    if value.startswith("^"):
        without = _matcher(value[1:])
        return [name for name in _up(interfaces, lambda name: not without(name)) if interfaces[name] == "up"]
    return _up(interfaces, _matcher(value))


def _up(interfaces: Mapping[str, str], wanted: Callable[[str], bool]) -> list[str]:
    return [name for name, state in interfaces.items() if state in ("up", "loopback") and wanted(name)]


def _matcher(value: str) -> Callable[[str], bool]:
    if value.startswith("="):
        names = _names(value[1:])
        return lambda name: name in names
    beginnings = tuple(_names(value))
    return lambda name: name.startswith(beginnings)


def _names(value: str) -> list[str]:
    return [item.strip() for item in value.split(",") if item.strip()]
