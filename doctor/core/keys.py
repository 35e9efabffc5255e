"""Every key there is, by its JSON name."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from doctor.core import endtoend, interpreter, reading, serve, training
from doctor.core.artifact import adapter, model
from doctor.core.fleet import node
from doctor.core.machine import gpu, system
from doctor.core.packages import distribution, extension, registry
from doctor.core.snapshot import Key


def _keys_of(module: ModuleType) -> dict[str, Key[Any]]:
    return {value.name: value for value in vars(module).values() if isinstance(value, Key)}


KEYS: dict[str, Key[Any]] = {
    name: key
    for module in (
        interpreter,
        distribution,
        extension,
        gpu,
        system,
        node,
        model,
        adapter,
        registry,
        endtoend,
        reading,
        serve,
        training,
    )
    for name, key in _keys_of(module).items()
}
