"""Which names the modules of a package have in which releases (``matrices/names/``), and which options vLLM has.

Beside them stands what its callables take and its classes have (``matrices/calls/``), and which attributes the
configuration classes of transformers have (``matrices/transformers/configs.json``).

Of each module only what comes and goes is written: ``{"4.36 4.48": "LogitsWarper ..."}`` are names that are there from
4.36 on, and from 4.48 on no more. Below ``""`` stands the same of the module itself. What is there in every release, or
in none, is not in the file. Scripts derive both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Protocol, TypeVar

import msgspec

from doctor.core.packages.release import ConfigAttribute, NameHistory

SAMPLING = "SamplingParams."
"""Before the name of an argument of one request, which is not one of the engine."""

CALLS = ("accelerate", "peft", "transformers", "trl")
"""The packages whose callables and classes are known."""

CONFIGS, _BASE = "transformers/configs.json", "PreTrainedConfig"
"""The file of configuration classes, and the class that all of them inherit from."""

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
T = TypeVar("T")


class Decode(Protocol):
    """Reads a file of the matrix as what it holds; None where there is none."""

    def __call__(self, name: str, kind: type[T], /) -> T | None:
        """Read one file."""
        ...


class NameTable(msgspec.Struct, forbid_unknown_fields=True):
    """The file of one package; `releases` are those that were read, oldest first."""

    schema: int
    package: str
    releases: str
    modules: dict[str, dict[str, str]]


class CallTable(msgspec.Struct, forbid_unknown_fields=True):
    """The file of one package: what comes and goes of each callable (``Trainer.__init__``) and class (``Trainer``)."""

    schema: int
    package: str
    releases: str
    owners: dict[str, dict[str, str]]


class ConfigClass(msgspec.Struct, forbid_unknown_fields=True):
    """One configuration class: the releases that have it, its parts, and what of it comes and goes."""

    releases: str
    parts: str = ""
    changes: dict[str, str] = {}


class ConfigTable(msgspec.Struct, forbid_unknown_fields=True):
    """The file of the configuration classes; what comes and goes with all of them stands with their base alone."""

    schema: int
    package: str
    releases: str
    configs: dict[str, ConfigClass]


class Histories:
    """What the tables tell of names; each is read when a name of its package is asked for."""

    def __init__(self, decode: Decode) -> None:
        self._names = cache(lambda name: decode(f"names/{name}.json", NameTable) if _NAME.fullmatch(name) else None)
        self._calls = cache(lambda package: decode(f"calls/{package}.json", CallTable))
        self._configs = cache(lambda: decode(CONFIGS, ConfigTable))

    def of_name(self, module: str, name: str) -> NameHistory | None:
        """See `ShippedReleases.name_history`. A file has the name of the module that the package brings."""
        table = self._names(module.partition(".")[0].replace("_", "-"))
        return history_in(table, module, name) if table is not None else None

    def of_call(self, owner: str, name: str) -> tuple[NameHistory, ...]:
        """See `ShippedReleases.call_histories`."""
        tables = (self._calls(package) for package in CALLS)
        found = (call_in(table, owner, name) for table in tables if table is not None)
        return tuple(history for history in found if history is not None)

    def of_config(self, owner: str, name: str) -> ConfigAttribute | None:
        """See `ShippedReleases.config_attribute`."""
        table = self._configs()
        found = table.configs.get(owner) if table is not None else None
        if table is None or found is None:
            return None
        own = _changes(found.changes, name)
        changes = own or _changes(table.configs.get(_BASE, found).changes, name)
        # What a class has from the first release that has it is missing in no release for being too old.
        history = _history(table, owner, name, changes, found.releases if own else "") if changes else None
        return ConfigAttribute(owner=owner, name=name, history=history, parts=tuple(found.parts.split()))


def history_in(table: NameTable, module: str, name: str) -> NameHistory | None:
    """When a name of a module came and went; of a module where `name` is ""."""
    rows = table.modules.get(module, {})
    changes = rows.get("", "") if not name else _changes(rows, name)
    return _history(table, module, name, changes) if changes else None


def call_in(table: CallTable, owner: str, name: str) -> NameHistory | None:
    """When an argument of a callable, or a member of a class, came and went."""
    changes = _changes(table.owners.get(owner, {}), name)
    shown = f"{owner}()" if "." in owner or owner[:1].islower() else owner
    return _history(table, shown, name, changes) if changes else None


def _changes(rows: Mapping[str, str], name: str) -> str:
    """The releases at which a name comes and goes, "" where it is not told of."""
    return next((changes for changes, names in rows.items() if name in names.split()), "")


def _history(
    table: NameTable | CallTable | ConfigTable, module: str, name: str, changes: str, releases: str = ""
) -> NameHistory:
    first = (releases or table.releases).partition(" ")[0]
    moments = ["" if release == first else release for release in changes.split()]
    spans = tuple(zip(moments[::2], [*moments[1::2], ""], strict=False))
    return NameHistory(package=table.package, module=module, name=name, spans=spans)


def option_in(table: Mapping[str, Sequence[str]], option: str, oldest: str, module: str) -> NameHistory | None:
    """When an option of ``vllm serve`` (``--swap-space``), or an argument of another `module` of vLLM, came and went.

    `table` maps each to the releases at which it comes, goes, comes again; `oldest` is the first that is known.
    None where no release has it.
    """
    changes = table.get(option)
    if not changes:
        return None
    comings = ["" if since == oldest else since for since in changes[::2]]
    spans = tuple(zip(comings, [*changes[1::2], ""], strict=False))
    return NameHistory(package="vllm", module=module, name=option, spans=spans)
