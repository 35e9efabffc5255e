"""Which names the modules of a package have in which releases (``matrices/names/``), and which options vLLM has.

Of each module only what comes and goes is written: ``{"4.36 4.48": "LogitsWarper ..."}`` are names that are there from
4.36 on, and from 4.48 on no more. Below ``""`` stands the same of the module itself. What is there in every release, or
in none, is not in the file. Scripts derive both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from doctor.core.packages.release import NameHistory

SAMPLING = "SamplingParams."
"""Before the name of an argument of one request, which is not one of the engine."""


class NameTable(msgspec.Struct, forbid_unknown_fields=True):
    """The file of one package; `releases` are those that were read, oldest first."""

    schema: int
    package: str
    releases: str
    modules: dict[str, dict[str, str]]


def history_in(table: NameTable, module: str, name: str) -> NameHistory | None:
    """When a name of a module came and went; of a module where `name` is ""."""
    first = table.releases.partition(" ")[0]
    rows = table.modules.get(module, {})
    changes = rows.get("", "") if not name else next((row for row, names in rows.items() if name in names.split()), "")
    if not changes:
        return None
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
