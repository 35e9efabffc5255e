"""Which attributes the configuration classes of each release of transformers have, read from the sources in its wheel.

What counts is what the class itself brings: fields, what its methods set of ``self``, the names of ``attribute_map``,
and all of it that it inherits. What a model's config.json adds stands in no release.
"""

from __future__ import annotations

import ast
import json
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from packaging.version import Version

from scripts.derivation.calls import Class, family_of, parse, read_module
from scripts.derivation.files import json_file
from scripts.derivation.index import Index, tell
from scripts.derivation.names import CHUNK, minor_of, wheels_of
from scripts.derivation.since import changes_of

PACKAGE, FIRST = "transformers", "4.36"
_SOURCES = re.compile(
    r"transformers/(?:configuration_utils|modeling_rope_utils|models/(?!deprecated/)\w+/configuration_\w+)\.py"
)
BASE = "PreTrainedConfig"
"""What all of them inherit from; before 5.0 it is ``PretrainedConfig``."""

_PARTS = re.compile(r"(?!quantization_|generation_|compression_|get_)[a-z]\w*_config")
"""What holds the configuration of a part of a model."""

_PUBLIC = re.compile(r"[A-Za-z]\w*")

Attributes = dict[str, list[str]]
"""The attributes of each configuration class."""


def read_configs(index: Index, kept: Path) -> list[tuple[str, Attributes]]:
    """The configuration classes of every release, oldest first; what was read of a wheel is kept."""
    found = []
    for file in wheels_of(index.files(PACKAGE), Version(FIRST)):
        path = kept / f"configs-{file.sha256}.json"
        if not path.exists():
            tell(f"reading the configurations of {file.filename}")
            with index.archive(file, CHUNK) as archive:
                content = json.dumps(configs_in(archive))
            kept.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        found.append((str(minor_of(file.version)), json.loads(path.read_text(encoding="utf-8"))))
    return found


def configs_in(archive: zipfile.ZipFile) -> Attributes:
    """The attributes of each class whose name ends with ``Config``."""
    classes: dict[str, Class] = {}
    for path in archive.namelist():
        if _SOURCES.fullmatch(path):
            tree = parse(archive.read(path))
            read_module(tree.body, classes, {})
            for name, keys in _mapped(tree):
                classes[name].members |= keys
    classes.setdefault(BASE, classes.get("PretrainedConfig", Class()))
    return {
        name: sorted(
            {member for one in family_of(name, classes) for member in one.members if _PUBLIC.fullmatch(member)}
        )
        for name in sorted(classes)
        if name.endswith("Config") and name != "PretrainedConfig"
    }


def _mapped(tree: ast.Module) -> Iterator[tuple[str, set[str]]]:
    """What a class answers by other names (``attribute_map``), and the parts that it has (``sub_configs``)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for item in node.body:
                if isinstance(item, (ast.Assign, ast.AnnAssign)) and isinstance(item.value, ast.Dict):
                    targets = item.targets if isinstance(item, ast.Assign) else [item.target]
                    if {ast.unparse(target) for target in targets} & {"attribute_map", "sub_configs"}:
                        keys = [key.value for key in item.value.keys if isinstance(key, ast.Constant)]
                        yield node.name, {key for key in keys if isinstance(key, str)}


def write_configs(read: Sequence[tuple[str, Attributes]]) -> str:
    """The file of the matrix: of each class its releases, its parts, and what of it comes and goes.

    What comes and goes with all of them stands with their base alone.
    """
    classes = changes_of([(version, list(found)) for version, found in read])
    table = {name: _class_table(name, classes[name], read) for name in classes}
    return json_file({"package": PACKAGE, "releases": " ".join(version for version, _ in read), "configs": table})


def _class_table(name: str, own: Sequence[str], read: Sequence[tuple[str, Attributes]]) -> dict[str, object]:
    having = [(version, found) for version, found in read if name in found]
    of_all = changes_of([(version, found[BASE]) for version, found in having]) if name != BASE else {}
    groups: dict[str, list[str]] = {}
    for attribute, changes in changes_of([(version, found[name]) for version, found in having]).items():
        # Of what the class has from its first release to its last there is nothing to tell, unless its base tells it.
        if changes != of_all.get(attribute, [having[0][0]]):
            groups.setdefault(" ".join(changes), []).append(attribute)
    newest = having[-1][1]
    parts = " ".join(sorted(item for item in {*newest[name]} - {*newest[BASE]} if _PARTS.fullmatch(item)))
    told = {moments: " ".join(groups[moments]) for moments in sorted(groups)}
    row: dict[str, object] = {"releases": " ".join(own)}
    return row | ({"parts": parts} if parts else {}) | ({"changes": told} if told else {})
